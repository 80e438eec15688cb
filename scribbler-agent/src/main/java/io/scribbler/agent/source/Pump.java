package io.scribbler.agent.source;

import io.scribbler.agent.batch.Identity;
import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.Refusal;
import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.deadletter.Letters;
import java.nio.ByteBuffer;
import java.util.List;
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

  /** What a letter that waits for the disk costs beside its data. */
  private static final long LETTER_OVERHEAD = 512;

  private final Framer framer;
  private final Intake intake;
  private final Surroundings with;
  private long toPassOver; // of the next messages, since they are held already
  private long passedOver;

  /**
   * What all pumps of a source share.
   *
   * @param nanoClock the agent's, by which the age of messages is told
   * @param giveUp whether to stop waiting for memory: the time to stop is over
   * @param meanwhile what the thread does beside while it waits for memory, for a moment only
   */
  record Surroundings(
      MemoryBudget memory,
      DeadLetters deadLetters,
      LongSupplier nanoClock,
      AtomicLong emptyLines,
      BooleanSupplier giveUp,
      Runnable meanwhile) {}

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
      with.meanwhile.run();
      with.memory.awaitRelease(WAIT_MILLIS);
    }
  }

  Framer framer() {
    return framer;
  }

  Intake intake() {
    return intake;
  }

  /** Counts the next so many messages as taken, without taking them. */
  void passOver(long messages) {
    toPassOver = messages;
  }

  /** Messages taken so far, those that were passed over included. */
  long taken() {
    return passedOver + intake.total();
  }

  private boolean passedOver() {
    if (toPassOver == 0) {
      return false;
    }
    toPassOver--;
    passedOver++;
    return true;
  }

  @Override
  public boolean message(ByteBuffer buffer, int position, int length) {
    return passedOver() || intake.offer(buffer, position, length);
  }

  /** What is kept of it is held, in bytes of the budget, until the dead-letter file has it. */
  @Override
  public boolean tooLong(ByteBuffer buffer, int position, int kept, long length) {
    if (passedOver()) {
      return true;
    }
    long held = kept + LETTER_OVERHEAD;
    if (!with.memory.tryReserve(held)) {
      return false;
    }
    ByteBuffer copy = ByteBuffer.allocate(kept).put(0, buffer, position, kept);
    Refusal refusal = intake.refuse(length);
    DeadLetter letter =
        new DeadLetter(
            intake.streams(),
            intake.topic(),
            refusal.client().map(Identity::producer).orElse(""),
            refusal.client().map(Identity::epoch).orElse(0L),
            refusal.sequence(),
            "",
            TOO_LONG,
            length,
            copy);
    with.deadLetters.add(
        Letters.of(List.of(letter)),
        () -> {
          with.memory.release(held);
          refusal.stored(TOO_LONG);
        },
        () -> {
          with.memory.release(held);
          refusal.lost();
        });
    return true;
  }

  @Override
  public void emptyLine() {
    with.emptyLines.incrementAndGet();
  }
}
