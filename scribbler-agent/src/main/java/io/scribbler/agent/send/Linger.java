package io.scribbler.agent.send;

import java.time.Duration;

/**
 * How long a message may wait for others. While a stream throttles small records, whose number is
 * what a shard limits, it doubles up to a second; it halves again after a while without. Owned by
 * the sender.
 */
final class Linger {
  private static final long LONGEST_NANOS = 1_000_000_000L;
  private static final long QUIET_NANOS = 10_000_000_000L;

  /** Where a shard's 1 MiB/s and 1,000 records/s meet. */
  private static final int SMALL_RECORD = (1 << 20) / 1000;

  private final long baseNanos;
  private long nanos;
  private long changedNanos;

  Linger(Duration base) {
    baseNanos = base.toNanos();
    nanos = baseNanos;
  }

  long nanos(long nowNanos) {
    if (nanos > baseNanos && nowNanos - changedNanos > QUIET_NANOS) {
      nanos = Math.max(baseNanos, nanos / 2);
      changedNanos = nowNanos;
    }
    return nanos;
  }

  void throttled(int meanRecordSize, long nowNanos) {
    boolean longEnoughAgo = nowNanos - changedNanos > nanos;
    if (meanRecordSize < SMALL_RECORD && longEnoughAgo && nanos < LONGEST_NANOS) {
      nanos = Math.min(LONGEST_NANOS, Math.max(1_000_000, nanos * 2));
      changedNanos = nowNanos;
    }
  }
}
