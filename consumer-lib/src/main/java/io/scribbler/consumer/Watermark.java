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
  private long behindNanos;

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
  void advance(Consumer<Batch> done, long nowNanos) {
    while (!outstanding.isEmpty() && outstanding.peekFirst().partsLeft == 0) {
      Batch batch = outstanding.pollFirst();
      position = batch.end;
      upTo = Instant.ofEpochMilli(batch.arrivalMillis);
      if (batch.millisBehind >= 0) {
        millisBehind = batch.millisBehind;
        behindNanos = nowNanos;
      }
      done.accept(batch);
    }
  }

  /** A read found nothing while nothing was outstanding. */
  void idle(long newMillisBehind, Instant newUpTo, long nowNanos) {
    millisBehind = newMillisBehind;
    behindNanos = nowNanos;
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

  /** How far behind the tip that is, as it was known then; -1 when unknown. */
  long millisBehind() {
    return millisBehind;
  }

  /** When that was known, on the clock for durations. */
  long behindNanos() {
    return behindNanos;
  }
}
