package io.scribbler.agent.send;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A lane's rate against a shard that takes 1 MiB a second, with a second's worth at once. */
class LaneRateTest {
  private static final long MILLI = 1_000_000L;
  private static final int RECORD = 64 * 1024;
  private static final double SHARD = 1 << 20;

  private final LaneRate rate = new LaneRate(0, new SplittableRandom(1));
  private double tokens = SHARD;
  private long taken;
  private int throttled;

  /** Offers records for so long, as fast as the lane allows. */
  private void offer(long fromMillis, long toMillis) {
    for (long now = fromMillis * MILLI; now < toMillis * MILLI; now += MILLI) {
      tokens = Math.min(SHARD, tokens + SHARD / 1000);
      if (rate.readyAt(now) <= now) {
        rate.sent(RECORD);
        if (tokens >= RECORD) {
          tokens -= RECORD;
          taken += RECORD;
          rate.succeeded(RECORD, now);
        } else {
          throttled++;
          rate.throttled(now);
        }
      }
    }
  }

  @Test
  void aThrottledLaneKeepsNearItsShardsLimitFromTheStart() {
    offer(0, 10_000);
    assertThat(taken).isGreaterThan((long) (0.75 * 10 * SHARD));
    assertThat(throttled).isLessThan(40);
  }

  @Test
  void whatAShardThatTakesNothingIsSentBecomesLittle() {
    tokens = -1e12;
    offer(0, 60_000);
    assertThat(taken).isZero();
    assertThat(throttled).isLessThan(120);
  }

  @Test
  void aLaneThatIsNotThrottledAnyMoreBecomesFree() {
    offer(0, 5_000);
    tokens = 1e15;
    taken = 0;
    for (long now = 5_000 * MILLI; now < 45_000 * MILLI; now += MILLI) {
      if (rate.readyAt(now) <= now) {
        rate.sent(RECORD);
        rate.succeeded(RECORD, now);
      }
    }
    assertThat(rate.readyAt(46_000 * MILLI)).isEqualTo(46_000 * MILLI);
    rate.sent(1 << 30);
    assertThat(rate.readyAt(46_000 * MILLI)).as("no bound").isEqualTo(46_000 * MILLI);
  }
}
