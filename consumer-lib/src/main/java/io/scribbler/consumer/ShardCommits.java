package io.scribbler.consumer;

import io.scribbler.consumer.engine.Time;
import java.time.Duration;
import java.time.Instant;

/**
 * When a shard's watermark is committed: no more often than the interval, and when only the time up
 * to which everything is done has moved, once a minute. Any thread.
 */
final class ShardCommits {
  private static final Duration TIME_INTERVAL = Duration.ofMinutes(1);
  private static final int SEEN_BYTES = 64 << 10;

  private final Committer committer;
  private final DuplicateFilter duplicates;
  private final Duration interval;
  private final Time time;

  // Guarded by this.
  private Position position;
  private Instant upTo;
  private long lastNanos;

  ShardCommits(
      Committer committer,
      DuplicateFilter duplicates,
      Duration interval,
      Time time,
      Position position,
      Instant upTo) {
    this.committer = committer;
    this.duplicates = duplicates;
    this.interval = interval;
    this.time = time;
    this.position = position;
    this.upTo = upTo;
    this.lastNanos = time.nanoTime();
  }

  /** Whether the interval since the last time that something was to be stored is over. */
  synchronized boolean due() {
    return time.nanoTime() - lastNanos >= interval.toNanos();
  }

  /**
   * Commits a position, or only the time, if there is something new about them.
   *
   * @param newPosition null: nothing is done yet
   * @param ours whether positions are committed here, not by the handler
   * @return false if it could not be stored
   */
  boolean commit(Position newPosition, Instant newUpTo, boolean ours) {
    boolean moved;
    synchronized (this) {
      moved = ours && newPosition != null && !newPosition.equals(position);
      Instant next = upTo == null ? Instant.MIN : upTo.plus(TIME_INTERVAL);
      boolean later = newUpTo != null && newUpTo.isAfter(next);
      if (!moved && !later) {
        return true;
      }
      lastNanos = time.nanoTime();
    }
    boolean stored;
    if (ours && newPosition != null) {
      stored = committer.tryCommit(newPosition, newUpTo, duplicates.store(SEEN_BYTES));
    } else {
      stored = committer.tryProgress(newPosition, newUpTo);
    }
    if (stored) {
      synchronized (this) {
        position = newPosition;
        upTo = newUpTo;
      }
    }
    return stored;
  }
}
