package io.scribbler.consumer;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * How far a shard is done: behind the last batch before which all are. Guarded by its pipeline's
 * monitor.
 */
final class Watermark {
  private final Deque<Batch> outstanding = new ArrayDeque<>();
  private Position position;
  private Instant upTo;
  private long millisBehind = -1;

  /**
   * A mark.
   *
   * @param position where it begins; null: nothing is done yet
   * @param upTo everything that Kinesis took before it is done; null: unknown
   */
  Watermark(Position position, Instant upTo) {
    this.position = position;
    this.upTo = upTo;
  }

  void add(Batch batch) {
    outstanding.addLast(batch);
  }

  /** Moves behind the batches that are done, and lets go of them. */
  void advance(Consumer<Batch> done) {
    while (!outstanding.isEmpty() && outstanding.peekFirst().partsLeft == 0) {
      Batch batch = outstanding.pollFirst();
      position = batch.end;
      upTo = Instant.ofEpochMilli(batch.arrivalMillis);
      if (batch.millisBehind >= 0) {
        millisBehind = batch.millisBehind;
      }
      done.accept(batch);
    }
  }

  /** A read found nothing while nothing was outstanding. */
  void idle(long newMillisBehind, Instant newUpTo) {
    millisBehind = newMillisBehind;
    if (newUpTo != null && (upTo == null || newUpTo.isAfter(upTo))) {
      upTo = newUpTo;
    }
  }

  boolean allDone() {
    return outstanding.isEmpty();
  }

  int batches() {
    return outstanding.size();
  }

  void forget() {
    outstanding.clear();
  }

  Position position() {
    return position;
  }

  Instant upTo() {
    return upTo;
  }

  long millisBehind() {
    return millisBehind;
  }
}
