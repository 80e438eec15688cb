package io.scribbler.consumer.testkit;

/** Says that something may have come to rest, so that whoever waits for that looks again. */
final class Signal {
  // Guarded by this.
  private long raised;

  synchronized void raise() {
    raised++;
    notifyAll();
  }

  synchronized long raised() {
    return raised;
  }

  /** Waits until it was raised again, but not longer than until a moment of the machine's clock. */
  synchronized void await(long seen, long deadlineNanos) throws InterruptedException {
    long left = deadlineNanos - System.nanoTime();
    while (raised == seen && left > 0) {
      wait(1 + left / 1_000_000);
      left = deadlineNanos - System.nanoTime();
    }
  }
}
