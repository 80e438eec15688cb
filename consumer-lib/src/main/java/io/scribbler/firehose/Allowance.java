package io.scribbler.firehose;

import java.util.concurrent.atomic.AtomicLong;

/** How many messages may still be printed. Any thread. */
final class Allowance {
  private final AtomicLong left;

  Allowance(long messages) {
    this.left = new AtomicLong(messages);
  }

  /** Takes up to so many. */
  long take(long wanted) {
    long before = left.getAndUpdate(n -> n - Math.min(n, wanted));
    return Math.min(before, wanted);
  }

  boolean isUsedUp() {
    return left.get() == 0;
  }
}
