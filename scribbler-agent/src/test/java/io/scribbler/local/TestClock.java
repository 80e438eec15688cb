package io.scribbler.local;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that goes on when it is told to. */
final class TestClock implements InstantSource {
  private volatile Instant now = Instant.now();

  @Override
  public Instant instant() {
    return now;
  }

  synchronized void pass(Duration time) {
    now = now.plus(time);
  }

  /** The service's timing by this clock. */
  Timing timing() {
    Timing service = Timing.SERVICE;
    return new Timing(
        this, service.subscription(), service.heartbeat(), service.idle(), service.body());
  }
}
