package io.scribbler.consumer.engine;

/** The time, and waiting for it; tests put one in its place that they move by hand. Any thread. */
public interface Time {
  /** The time of the machine. */
  Time SYSTEM =
      new Time() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public long currentTimeMillis() {
          return System.currentTimeMillis();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the caller loops, as the contract says
        public void waitOn(Object monitor, long nanos) throws InterruptedException {
          // Rounded up: no less than asked for, and never 0, which would be without end.
          monitor.wait(1 + nanos / 1_000_000);
        }
      };

  /** A clock for durations, nanoseconds from an arbitrary moment. */
  long nanoTime();

  /** Milliseconds since 1970. */
  long currentTimeMillis();

  /**
   * {@code monitor.wait}: waits for a notification, but not longer than so many nanoseconds. The
   * caller holds the monitor and looks afterwards at what it waited for.
   */
  void waitOn(Object monitor, long nanos) throws InterruptedException;

  /**
   * Whether a thread waits for a moment that has not come yet. Only a time that is moved by hand
   * knows; the machine's says no.
   */
  default boolean holds(Thread thread) {
    return false;
  }
}
