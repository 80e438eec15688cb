package io.scribbler.local;

/** A rate with one second of burst. Owned by the loop thread. */
final class TokenBucket {
  private final double perSecond;
  private double tokens;
  private long lastMillis;

  TokenBucket(double perSecond, long nowMillis) {
    this.perSecond = perSecond;
    this.tokens = perSecond;
    this.lastMillis = nowMillis;
  }

  /** Whether this many are there now; takes nothing. */
  boolean has(double wanted, long nowMillis) {
    if (nowMillis > lastMillis) {
      tokens = Math.min(perSecond, tokens + (nowMillis - lastMillis) * perSecond / 1000);
      lastMillis = nowMillis;
    }
    return tokens >= Math.min(wanted, perSecond);
  }

  /** Takes this many; may go below zero, which later takers wait for. */
  void take(double wanted) {
    tokens -= wanted;
  }
}
