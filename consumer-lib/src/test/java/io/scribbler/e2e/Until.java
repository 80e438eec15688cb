package io.scribbler.e2e;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting, where no test library is. */
final class Until {
  private static final long STEP_NANOS = 10_000_000;

  private Until() {}

  /** Waits until something is so; false when the time is over. */
  static boolean within(Duration time, BooleanSupplier what) {
    long start = System.nanoTime();
    while (!what.getAsBoolean()) {
      if (System.nanoTime() - start > time.toNanos() || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
    return true;
  }

  /** Lets time pass, which is what some faults are made of. */
  static void passed(Duration time) {
    within(time, () -> false);
  }
}
