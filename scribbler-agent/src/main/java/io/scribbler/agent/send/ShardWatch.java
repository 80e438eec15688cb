package io.scribbler.agent.send;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When the stream's shards are looked up: at the start, then every so often, jittered by a quarter
 * so that a fleet doesn't ask at once, and soon after an answer that names a shard other than
 * expected. Owned by the sender.
 */
final class ShardWatch {
  private static final long SOON_NANOS = 1_000_000_000L;

  private final long intervalNanos;
  private final RandomGenerator random;
  private final Backoff backoff;
  private long nextNanos;
  private long lastNanos;
  private boolean asking;

  ShardWatch(Duration interval, long nowNanos, RandomGenerator random) {
    this.intervalNanos = interval.toNanos();
    this.random = random;
    this.backoff = new Backoff(200_000_000L, 10_000_000_000L, random);
    nextNanos = nowNanos;
    lastNanos = nowNanos - SOON_NANOS;
  }

  /** Whether to ask now; if so, the answer is waited for. */
  boolean ask(long nowNanos) {
    if (asking || nextNanos - nowNanos > 0) {
      return false;
    }
    asking = true;
    lastNanos = nowNanos;
    return true;
  }

  void answered(long nowNanos) {
    asking = false;
    backoff.succeeded();
    nextNanos = nowNanos + intervalNanos - random.nextLong(intervalNanos / 4 + 1);
  }

  /** Asks again soon while nothing is known, and at the usual time otherwise. */
  void failed(long nowNanos, boolean known) {
    asking = false;
    nextNanos = nowNanos + (known ? intervalNanos : backoff.failed());
  }

  /** Records fall into a shard that the lanes don't know: ask soon. */
  void hint(long nowNanos) {
    long soon = Math.max(nowNanos, lastNanos + SOON_NANOS);
    if (soon - nextNanos < 0) {
      nextNanos = soon;
    }
  }

  /** When to ask next; {@link Long#MAX_VALUE} while an answer is awaited. */
  long nextNanos() {
    return asking ? Long.MAX_VALUE : nextNanos;
  }
}
