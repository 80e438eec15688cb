package io.scribbler.local;

import java.time.Duration;
import java.time.InstantSource;

/**
 * The clock, and how long things last.
 *
 * @param subscription how long a subscription lives
 * @param heartbeat how often a subscription without records says so
 * @param idle how long a connection may be silent
 */
record Timing(InstantSource clock, Duration subscription, Duration heartbeat, Duration idle) {
  static final Timing SERVICE =
      new Timing(
          InstantSource.system(),
          Duration.ofMinutes(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60));
}
