package io.scribbler.agent;

import io.scribbler.agent.batch.Identity;
import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.KeyExtractor;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.Router;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.deadletter.DeadLetter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The way in for dead letters: to the streams that refused them, with the identity that they had.
 * One thread's.
 */
public final class Resender {
  private static final long WAIT_MILLIS = 100;

  private final Map<String, Router> streams = new LinkedHashMap<>();
  private final MemoryBudget memory;
  private final LongSupplier clock;
  private final Supplier<Stall> stalls;
  private final BooleanSupplier ending;

  private Way way; // of the last letter; null before the first
  private Intake intake;
  private long nextSequence; // what continues the open block

  /** What letters of one intake have in common. */
  private record Way(String stream, String topic, String producer, long epoch, String key) {}

  Resender(
      List<StreamConfig> configs,
      List<StreamPipeline> pipelines,
      MemoryBudget memory,
      LongSupplier clock,
      Supplier<Stall> stalls,
      BooleanSupplier ending) {
    for (int i = 0; i < configs.size(); i++) {
      streams.put(
          configs.get(i).name(),
          new Router(List.of(configs.get(i)), List.of(pipelines.get(i).accumulator())));
    }
    this.memory = memory;
    this.clock = clock;
    this.stalls = stalls;
    this.ending = ending;
  }

  /** Whether a letter can be sent at all: its message is there to the last byte. */
  public static boolean sendable(DeadLetter letter) {
    return letter.whole() && !letter.reason().equals(RefusedToDeadLetters.WHOLE_RECORD);
  }

  /**
   * Takes a letter's message over; waits for memory while the agent delivers.
   *
   * @param letter one that is {@link #sendable}, for streams of this agent that take its topic
   * @return false if the agent ends, or delivers nothing for as long as a stop may take
   */
  public boolean send(DeadLetter letter) throws InterruptedException {
    for (String name : letter.stream().split(",", -1)) {
      if (!send(letter, name)) {
        return false;
      }
    }
    return true;
  }

  private boolean send(DeadLetter letter, String stream) throws InterruptedException {
    boolean identified = !letter.producer().isEmpty();
    Way its = new Way(stream, letter.topic(), letter.producer(), letter.epoch(), letter.key());
    boolean same = its.equals(way);
    if (!same) {
      leave();
      way = its;
      intake = intake(its, identified);
    }
    if (identified && !(same && nextSequence == letter.sequence())) {
      intake.seek(letter.sequence());
    }
    nextSequence = letter.sequence() + 1;
    Stall stall = stalls.get();
    while (!offer(letter)) {
      if (ending.getAsBoolean() || stall.over()) {
        return false;
      }
      memory.awaitRelease(WAIT_MILLIS);
    }
    return true;
  }

  private Intake intake(Way of, boolean identified) {
    Router router = streams.get(of.stream());
    KeyExtractor key = KeyExtractor.constant(of.key());
    return identified
        ? router.intake(of.topic(), key, Acks.MEMORY, new Identity(of.producer(), of.epoch()))
        : router.intake(of.topic(), key, Acks.MEMORY);
  }

  private boolean offer(DeadLetter letter) {
    intake.begin(System.currentTimeMillis(), clock.getAsLong());
    try {
      return intake.offer(letter.data(), letter.data().position(), letter.data().remaining());
    } finally {
      intake.end();
    }
  }

  private void leave() {
    if (intake != null) {
      intake.leave();
    }
  }
}
