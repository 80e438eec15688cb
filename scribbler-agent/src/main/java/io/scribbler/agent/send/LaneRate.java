package io.scribbler.agent.send;

import java.util.random.RandomGenerator;

/**
 * How fast one lane may send. Without bound until its shard throttles; then a token bucket whose
 * rate starts below what the shard took of late, grows by a fixed step a second, and is cut by each
 * new second with throttled records. A long time without throttling lifts the bound.
 *
 * <p>A record costs its bytes, but at least what a shard's 1 MiB/s and 1,000 records/s make of one
 * record, so that the one rate keeps both limits. Owned by the sender.
 */
final class LaneRate {
  private static final double UNBOUNDED = Double.POSITIVE_INFINITY;
  private static final double SECOND = 1e9;
  private static final int LEAST_COST = (1 << 20) / 1000;
  private static final double LEAST_RATE = 16 * 1024;
  private static final double LEAST_FIRST_RATE = 256 * 1024; // a quarter of a shard
  private static final double LEAST_STEP = 16 * 1024; // bytes a second, each second
  private static final double GROWTH = 0.1; // of the rate, each second
  private static final double CUT = 0.85;
  private static final long LIFT_NANOS = 30_000_000_000L;
  private static final long LONGEST_PAUSE = 1_000_000_000L;

  private final Backoff pause;
  private double rate = UNBOUNDED; // bytes a second
  private double tokens;
  private long refilledNanos;
  private double taken; // bytes a second that the shard took of late
  private long measuredNanos;
  private double takenNow; // bytes taken since measuredNanos
  private long lastCutNanos;
  private long lastThrottledNanos;
  private long pausedUntil;
  private boolean everThrottled;

  LaneRate(long nowNanos, RandomGenerator random) {
    pause = new Backoff(50_000_000L, LONGEST_PAUSE, random);
    refilledNanos = nowNanos;
    measuredNanos = nowNanos;
    pausedUntil = nowNanos;
  }

  private static int cost(int bytes) {
    return Math.max(bytes, LEAST_COST);
  }

  /** When a record may be sent; not after {@code nowNanos} means now. */
  long readyAt(long nowNanos) {
    if (pausedUntil - nowNanos > 0) {
      return pausedUntil;
    }
    refill(nowNanos);
    return tokens >= 0 || rate == UNBOUNDED
        ? nowNanos
        : nowNanos + (long) (-tokens / rate * SECOND);
  }

  /** A record leaves. The bucket may go below zero by one record, so that any size passes. */
  void sent(int bytes) {
    if (rate != UNBOUNDED) {
      tokens -= cost(bytes);
    }
  }

  void succeeded(int bytes, long nowNanos) {
    measure(nowNanos);
    takenNow += cost(bytes);
    if (pausedUntil - nowNanos <= 0) {
      pause.succeeded();
    }
    if (rate != UNBOUNDED && nowNanos - lastThrottledNanos > LIFT_NANOS) {
      rate = UNBOUNDED;
    }
  }

  void throttled(long nowNanos) {
    measure(nowNanos);
    boolean first = !everThrottled || rate == UNBOUNDED;
    if (first || nowNanos - lastCutNanos > SECOND) {
      rate =
          first
              ? Math.max(LEAST_FIRST_RATE, Math.max(taken, takenNow) * CUT)
              : Math.max(LEAST_RATE, rate * CUT);
      tokens = Math.min(tokens, 0);
      refilledNanos = nowNanos;
      lastCutNanos = nowNanos;
    }
    if (pausedUntil - nowNanos <= 0) {
      pausedUntil = nowNanos + pause.failed();
    }
    everThrottled = true;
    lastThrottledNanos = nowNanos;
  }

  /** A record failed for a reason that has nothing to do with speed. */
  void failed(long nowNanos) {
    if (pausedUntil - nowNanos <= 0) {
      pausedUntil = nowNanos + pause.failed();
    }
  }

  private void refill(long nowNanos) {
    double seconds = (nowNanos - refilledNanos) / SECOND;
    if (rate != UNBOUNDED && seconds > 0) {
      rate += Math.max(LEAST_STEP, rate * GROWTH) * seconds;
      tokens = Math.min(rate / 4, tokens + rate * seconds);
    }
    refilledNanos = nowNanos;
  }

  private void measure(long nowNanos) {
    double seconds = (nowNanos - measuredNanos) / SECOND;
    if (seconds >= 1) {
      taken = takenNow / seconds;
      takenNow = 0;
      measuredNanos = nowNanos;
    }
  }
}
