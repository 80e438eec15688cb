package io.scribbler.local;

import java.time.Duration;
import java.util.Random;

/**
 * What an embedded stream does wrong on purpose. All off at first; may be changed at any time from
 * any thread, and holds for requests that are read afterwards. Rates are shares from 0 to 1.
 */
public final class Faults {
  private static final long MAX_SKEW_MILLIS = 300_000;

  private final Random random; // used by the loop thread alone
  private volatile double failRecords;
  private volatile double throttleRecords;
  private volatile double errorRequests;
  private volatile double unavailableRequests;
  private volatile double dropBeforeReading;
  private volatile double dropAfterApplying;
  private volatile long delayMillis;
  private volatile long clockAheadMillis;
  private volatile Refusal refusal;
  private volatile String stuckShard;
  private volatile byte[] poison;

  Faults(long seed) {
    random = new Random(seed);
  }

  /** Share of a PutRecords' records that fail with InternalFailure. */
  public Faults failRecords(double share) {
    failRecords = checked(share);
    return this;
  }

  /** Share of a PutRecords' records that fail with ProvisionedThroughputExceededException. */
  public Faults throttleRecords(double share) {
    throttleRecords = checked(share);
    return this;
  }

  /** Share of requests that are answered with 500 InternalFailure, nothing applied. */
  public Faults errorRequests(double share) {
    errorRequests = checked(share);
    return this;
  }

  /** Share of requests that are answered with 503 ServiceUnavailable, nothing applied. */
  public Faults unavailableRequests(double share) {
    unavailableRequests = checked(share);
    return this;
  }

  /** Share of requests whose connection is closed before their body is read. */
  public Faults dropBeforeReading(double share) {
    dropBeforeReading = checked(share);
    return this;
  }

  /** Share of requests that are applied and then, instead of an answer, closed. */
  public Faults dropAfterApplying(double share) {
    dropAfterApplying = checked(share);
    return this;
  }

  /** How long each request waits before it is applied. */
  public Faults delay(Duration delay) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("a delay can't be negative: " + delay);
    }
    delayMillis = delay.toMillis();
    return this;
  }

  /**
   * How far the stream's clock is ahead of this host's, which may be negative: requests signed more
   * than five minutes before or after its time are refused, and answers carry its time.
   */
  public Faults clockAhead(Duration ahead) {
    clockAheadMillis = ahead.toMillis();
    return this;
  }

  /** The error that every request gets, or null for none. */
  public Faults refuse(Refusal with) {
    refusal = with;
    return this;
  }

  /** A shard that takes no record, such as {@code shardId-000000000002}, or null for none. */
  public Faults stuckShard(String shardId) {
    stuckShard = shardId;
    return this;
  }

  /** Records that contain these bytes fail their whole request as invalid; null for none. */
  public Faults poison(byte[] bytes) {
    poison = bytes == null || bytes.length == 0 ? null : bytes.clone();
    return this;
  }

  /** Turns every fault off. */
  public Faults reset() {
    return failRecords(0)
        .throttleRecords(0)
        .errorRequests(0)
        .unavailableRequests(0)
        .dropBeforeReading(0)
        .dropAfterApplying(0)
        .delay(Duration.ZERO)
        .clockAhead(Duration.ZERO)
        .refuse(null)
        .stuckShard(null)
        .poison(null);
  }

  boolean dropsBeforeReading() {
    return hits(dropBeforeReading);
  }

  boolean dropsAfterApplying() {
    return hits(dropAfterApplying);
  }

  boolean failsRecord() {
    return hits(failRecords);
  }

  boolean throttlesRecord(String shardId) {
    return shardId.equals(stuckShard) || hits(throttleRecords);
  }

  long delayMillis() {
    return delayMillis;
  }

  long clockAheadMillis() {
    return clockAheadMillis;
  }

  /**
   * Throws what a request is answered with instead of being applied, if anything.
   *
   * @param signedMillis when the request was signed, or -1 when it doesn't say
   */
  void check(long signedMillis, long nowMillis) {
    if (hits(errorRequests)) {
      throw ApiException.internal("Internal service failure.");
    }
    if (hits(unavailableRequests)) {
      throw new ApiException("ServiceUnavailable", 503, "The service is unavailable.");
    }
    long ahead = clockAheadMillis;
    if (ahead != 0 && Math.abs(nowMillis + ahead - signedMillis) > MAX_SKEW_MILLIS) {
      throw new ApiException(
          "InvalidSignatureException", 400, "Signature expired: the clocks are too far apart.");
    }
    Refusal all = refusal;
    if (all != null) {
      throw all.exception();
    }
  }

  /** The bytes that make a record invalid, or null. */
  byte[] poison() {
    return poison;
  }

  private boolean hits(double share) {
    return share > 0 && random.nextDouble() < share;
  }

  private static double checked(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share must be 0 to 1, not " + share);
    }
    return share;
  }
}
