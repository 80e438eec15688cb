package io.scribbler.local;

import java.time.Duration;
import java.time.InstantSource;

/**
 * The clock, and how long things last.
 *
 * @param subscription how long a subscription lives
 * @param heartbeat how often a subscription without records says so
 * @param idle how long a connection may be silent
 * @param body how long a body may take, since others may wait for its memory
 */
record Timing(
    InstantSource clock, Duration subscription, Duration heartbeat, Duration idle, Duration body) {
  static final Timing SERVICE =
      new Timing(
          InstantSource.system(),
          Duration.ofMinutes(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          Duration.ofSeconds(120));
}
