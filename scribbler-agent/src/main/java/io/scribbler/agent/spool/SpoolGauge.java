package io.scribbler.agent.spool;

import io.scribbler.agent.metrics.SpoolStats;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** What a spool tells of itself. Written by its thread, read by any. */
public final class SpoolGauge implements SpoolStats {
  private static final long WINDOW_NANOS = 60_000_000_000L;
  private static final long STEP_NANOS = 1_000_000_000L;

  private final long maxBytes;
  private final LongSupplier clock;
  private final Deque<Sample> samples = new ArrayDeque<>(); // guarded by this; a minute of them
  private volatile long usedBytes;
  private volatile boolean up = true;
  private volatile boolean full;
  private final AtomicLong quarantined = new AtomicLong();

  private record Sample(long nanos, long used) {}

  /**
   * @param maxBytes how large the spool may grow
   */
  public SpoolGauge(long maxBytes, LongSupplier nanoClock) {
    this.maxBytes = maxBytes;
    this.clock = nanoClock;
  }

  void stored(long used) {
    up = true;
    full = false;
    sample(used);
  }

  void refused(long used, boolean forWantOfRoom) {
    up = forWantOfRoom;
    full = forWantOfRoom;
    sample(used);
  }

  void quarantined() {
    quarantined.incrementAndGet();
  }

  synchronized void sample(long used) {
    usedBytes = used;
    long now = clock.getAsLong();
    if (samples.isEmpty() || now - samples.peekLast().nanos() >= STEP_NANOS) {
      samples.addLast(new Sample(now, used));
    }
    while (now - samples.peekFirst().nanos() > WINDOW_NANOS) {
      samples.removeFirst();
    }
  }

  @Override
  public long usedBytes() {
    return usedBytes;
  }

  @Override
  public long maxBytes() {
    return maxBytes;
  }

  @Override
  public boolean up() {
    return up;
  }

  @Override
  public boolean full() {
    return full;
  }

  /** Whether the last write succeeded, or nothing was written yet. */
  public boolean hasRoom() {
    return up && !full;
  }

  @Override
  public long quarantinedSegments() {
    return quarantined.get();
  }

  @Override
  public synchronized double secondsUntilFull() {
    if (samples.isEmpty()) {
      return Double.POSITIVE_INFINITY;
    }
    Sample first = samples.peekFirst();
    double seconds = (clock.getAsLong() - first.nanos()) / 1e9;
    double grown = usedBytes - first.used();
    if (seconds <= 0 || grown <= 0) {
      return Double.POSITIVE_INFINITY;
    }
    return Math.max(0, maxBytes - usedBytes) / (grown / seconds);
  }
}
