package io.scribbler.agent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * By when a stop must be done: never, until it is set. It can be set during the stop. Thread-safe.
 */
final class Deadline {
  private static final long NEVER = Long.MAX_VALUE;

  private long atNanos = NEVER; // guarded by this

  /** Sets it, unless it is sooner already. */
  synchronized void in(Duration time) {
    long at = System.nanoTime() + time.toNanos();
    atNanos = atNanos == NEVER || at - atNanos < 0 ? at : atNanos;
    notifyAll();
  }

  /** Nanoseconds left, 0 or less when it has passed. */
  synchronized long left() {
    return atNanos == NEVER ? NEVER : atNanos - System.nanoTime();
  }

  /** Runs the action when it passes, on a thread of its own. */
  void whenPassed(Runnable action) {
    Thread thread =
        new Thread(
            () -> {
              try {
                awaitPassed();
                action.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "deadline");
    thread.setDaemon(true);
    thread.start();
  }

  private synchronized void awaitPassed() throws InterruptedException {
    for (long left = left(); left > 0; left = left()) {
      if (left == NEVER) {
        wait();
      } else {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    }
  }
}
