package io.scribbler.agent;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Whether a number has not moved for some time. One thread's. */
final class Stall {
  private final long patienceNanos;
  private final LongSupplier number;
  private final LongSupplier clock;
  private long last;
  private long sinceNanos;

  Stall(Duration patience, LongSupplier number, LongSupplier nanoClock) {
    this.patienceNanos = patience.toNanos();
    this.number = number;
    this.clock = nanoClock;
    last = number.getAsLong();
    sinceNanos = nanoClock.getAsLong();
  }

  /** Asked again and again. */
  boolean over() {
    long now = clock.getAsLong();
    if (number.getAsLong() != last) {
      last = number.getAsLong();
      sinceNanos = now;
    }
    return now - sinceNanos > patienceNanos;
  }
}
