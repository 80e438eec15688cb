package io.scribbler.e2e;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How long the tests wait for what must come: long, since a busy machine is no failure. */
final class Patience {
  static final Duration LIMIT = Duration.ofSeconds(90);

  private Patience() {}

  static ConditionFactory await(String what) {
    return Awaitility.await(what).atMost(LIMIT).pollInterval(Duration.ofMillis(20));
  }

  static ConditionFactory await() {
    return await(null);
  }
}
