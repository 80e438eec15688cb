package io.scribbler.consumer;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What follows when a handler fails.
 *
 * <p>A batch is tried again after a delay that doubles each time. After so many attempts the one
 * message that fails is looked for by halving the batch, and then parked, or the shard stops, as
 * chosen. A message is parked only when another one was handled while it failed: what fails on
 * everything is an outage, which is waited out ({@link ConsumerHealth}) and skips nothing.
 *
 * @param then what comes after the attempts
 * @param attempts how often a batch, and then the message found, is tried; at least 1
 * @param firstDelay before the second attempt
 * @param longestDelay the most between two attempts
 * @param deadLetters where parked messages go, for {@link Then#PARK}; unreadable records go there
 *     too, and without one they hold up their shard
 */
public record RetryPolicy(
    Then then,
    int attempts,
    Duration firstDelay,
    Duration longestDelay,
    Optional<DeadLetterHandler> deadLetters) {
  private static final int ATTEMPTS = 4;
  private static final Duration FIRST_DELAY = Duration.ofMillis(100);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

  /** What comes after the attempts. */
  public enum Then {
    /** Tries on, without end. */
    RETRY,
    /** Parks the message and goes on behind it. */
    PARK,
    /** Stops the shard; the others go on. A restart tries again. */
    STOP_SHARD
  }

  /** Refuses numbers that make no sense, and parking without a place for it. */
  public RetryPolicy {
    Objects.requireNonNull(then, "then");
    Objects.requireNonNull(deadLetters, "deadLetters");
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: at least 1, not " + attempts);
    }
    if (firstDelay.isNegative() || longestDelay.compareTo(firstDelay) < 0) {
      throw new IllegalArgumentException(
          "delays: 0 <= first " + firstDelay + " <= longest " + longestDelay);
    }
    if ((then == Then.PARK) != deadLetters.isPresent()) {
      throw new IllegalArgumentException("parking needs a dead-letter handler, nothing else does");
    }
  }

  /** Tries without end; the default. */
  public static RetryPolicy retry() {
    return of(Then.RETRY, null);
  }

  /** Parks what fails. */
  public static RetryPolicy park(DeadLetterHandler deadLetters) {
    return of(Then.PARK, Objects.requireNonNull(deadLetters, "deadLetters"));
  }

  /** Stops the shard on what fails. */
  public static RetryPolicy stopShard() {
    return of(Then.STOP_SHARD, null);
  }

  private static RetryPolicy of(Then then, DeadLetterHandler deadLetters) {
    return new RetryPolicy(
        then, ATTEMPTS, FIRST_DELAY, LONGEST_DELAY, Optional.ofNullable(deadLetters));
  }

  /** The same with another number of attempts. */
  public RetryPolicy withAttempts(int newAttempts) {
    return new RetryPolicy(then, newAttempts, firstDelay, longestDelay, deadLetters);
  }

  /** The same with other delays. */
  public RetryPolicy withDelays(Duration first, Duration longest) {
    return new RetryPolicy(then, attempts, first, longest, deadLetters);
  }
}
