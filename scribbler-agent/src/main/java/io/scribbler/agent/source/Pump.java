package io.scribbler.agent.source;

import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.DeadLetters;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Moves one connection's bytes through its framer into its intake, and waits where there is no
 * memory. Owned by the source's thread.
 */
final class Pump implements MessageSink {
  /** The reason under which messages beyond max-message are counted and stored. */
  static final String TOO_LONG = "too_long";

  private static final long WAIT_MILLIS = 100;

  private final Framer framer;
  private final Intake intake;
  private final Surroundings with;

  /**
   * What all pumps of a source share.
   *
   * @param nanoClock the agent's, by which the age of messages is told
   * @param giveUp whether to stop waiting for memory: the time to stop is over
   */
  record Surroundings(
      MemoryBudget memory,
      DeadLetters deadLetters,
      LongSupplier nanoClock,
      AtomicLong emptyLines,
      BooleanSupplier giveUp) {}

  Pump(Framer framer, Intake intake, Surroundings with) {
    this.framer = framer;
    this.intake = intake;
    this.with = with;
  }

  /**
   * Takes all of the chunk, however long that has to wait for memory.
   *
   * @return false if it was given up; what was not taken is still between position and limit
   */
  boolean pour(ByteBuffer chunk) throws InterruptedException {
    return attempt(() -> framer.feed(chunk, this));
  }

  /** The input ended: takes what may be a message in its last bytes. */
  boolean end() throws InterruptedException {
    return attempt(() -> framer.end(this));
  }

  private boolean attempt(BooleanSupplier step) throws InterruptedException {
    while (true) {
      intake.begin(System.currentTimeMillis(), with.nanoClock.getAsLong());
      boolean done;
      try {
        done = step.getAsBoolean();
      } finally {
        intake.end();
      }
      if (done) {
        framer.settle();
        return true;
      }
      if (with.giveUp.getAsBoolean()) {
        return false;
      }
      with.memory.awaitRelease(WAIT_MILLIS);
    }
  }

  Framer framer() {
    return framer;
  }

  /** Messages taken so far. */
  long taken() {
    return intake.total();
  }

  @Override
  public boolean message(ByteBuffer buffer, int position, int length) {
    return intake.offer(buffer, position, length);
  }

  /** Writes to disk, so not within the streams' locks. */
  @Override
  public void tooLong(ByteBuffer buffer, int position, int kept, long length) {
    intake.end();
    try {
      DeadLetter letter =
          new DeadLetter(
              intake.streams(), intake.topic(), "", TOO_LONG, length, buffer.slice(position, kept));
      intake.refused(TOO_LONG, length, with.deadLetters.add(letter));
    } finally {
      intake.begin(System.currentTimeMillis(), with.nanoClock.getAsLong());
    }
  }

  @Override
  public void emptyLine() {
    with.emptyLines.incrementAndGet();
  }
}
