package io.scribbler.consumer.reading;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait after failures in a row: doubled each time up to a limit, of which a random half
 * to whole, so that readers that failed together don't come back together. Owned by one thread.
 */
public final class Backoff {
  private static final long FIRST_NANOS = Duration.ofMillis(200).toNanos();
  private static final long MOST_NANOS = Duration.ofSeconds(10).toNanos();

  private int failures;

  /** Nanoseconds to wait after one more failure. */
  public long failed() {
    long whole = Math.min(MOST_NANOS, FIRST_NANOS << Math.min(failures++, 20));
    return ThreadLocalRandom.current().nextLong(whole / 2, whole + 1);
  }

  /** The next failure is the first again. */
  public void succeeded() {
    failures = 0;
  }
}
