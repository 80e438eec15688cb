package io.scribbler.agent.send;

import java.util.random.RandomGenerator;

/** Waits that double with each failure in a row and are jittered by half. One thread's. */
final class Backoff {
  private final long firstNanos;
  private final long longestNanos;
  private final RandomGenerator random;
  private int failures;

  Backoff(long firstNanos, long longestNanos, RandomGenerator random) {
    this.firstNanos = firstNanos;
    this.longestNanos = longestNanos;
    this.random = random;
  }

  /** How long to wait after one more failure: between half and the whole of the step. */
  long failed() {
    long step = Math.min(longestNanos, firstNanos << Math.min(failures, 20));
    failures++;
    return step / 2 + random.nextLong(step / 2 + 1);
  }

  void succeeded() {
    failures = 0;
  }

  int failures() {
    return failures;
  }
}
