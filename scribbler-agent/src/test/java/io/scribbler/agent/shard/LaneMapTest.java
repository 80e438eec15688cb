package io.scribbler.agent.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LaneMapTest {
  private static final BigInteger END = BigInteger.ONE.shiftLeft(128);

  /** Shards with random bounds, in random order. */
  private static List<ShardRange> shards(int count, Random random) {
    TreeSet<BigInteger> bounds = new TreeSet<>();
    bounds.add(BigInteger.ZERO);
    while (bounds.size() < count) {
      bounds.add(new BigInteger(128, random));
    }
    List<ShardRange> shards = new ArrayList<>();
    for (BigInteger first : bounds) {
      BigInteger next = bounds.higher(first);
      BigInteger last = (next == null ? END : next).subtract(BigInteger.ONE);
      shards.add(new ShardRange("shard-" + shards.size(), HashKey.of(first), HashKey.of(last)));
    }
    Collections.shuffle(shards, random);
    return shards;
  }

  @Property
  void laneOfAKeyIsTheOneWhoseRangeHoldsItsMd5(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int count, @ForAll String key)
      throws Exception {
    LaneMap map = LaneMap.of(shards(count, new Random(seed)), new Random(seed));
    byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
    BigInteger md5 = new BigInteger(1, MessageDigest.getInstance("MD5").digest(utf8));
    int lane = map.laneOf(utf8, HashKey.newDigest(), new byte[16]);
    BigInteger first = new BigInteger(map.lane(lane).first().toString());
    BigInteger last = new BigInteger(map.lane(lane).last().toString());
    assertThat(md5).isBetween(first, last);
    assertThat(map.lane(lane).index()).isEqualTo(lane);
  }

  @Property
  void explicitHashKeyOfALaneLiesInItsRange(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int count) {
    LaneMap map = LaneMap.of(shards(count, new Random(seed)), new Random(seed));
    assertThat(map.lanes())
        .allSatisfy(
            lane ->
                assertThat(map.laneOf(HashKey.parse(lane.explicitHashKey())))
                    .isEqualTo(lane.index()));
    assertThat(map.size()).isEqualTo(count);
    assertThat(map.known()).isTrue();
  }

  @Property
  void hashKeysCompareAsTheirNumbersDo(@ForAll long a, @ForAll long b, @ForAll long c) {
    HashKey one = new HashKey(a, b);
    HashKey other = new HashKey(a, c);
    BigInteger number = new BigInteger(one.toString());
    assertThat(Integer.signum(one.compareTo(other)))
        .isEqualTo(number.compareTo(new BigInteger(other.toString())));
    assertThat(HashKey.parse(one.toString())).isEqualTo(one);
  }

  @Test
  void shardsThatLeaveAHoleOrOverlapAreNoMap() {
    List<ShardRange> shards = shards(4, new Random(1));
    assertThatThrownBy(() -> LaneMap.of(shards.subList(0, 3), new Random(1)))
        .isInstanceOf(IllegalArgumentException.class);
    List<ShardRange> twice = new ArrayList<>(shards);
    twice.add(shards.get(0));
    assertThatThrownBy(() -> LaneMap.of(twice, new Random(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LaneMap.of(List.of(), new Random(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void assumedLanesCoverAllAndAreNotKnown() {
    LaneMap map = LaneMap.assumed(new Random(1));
    assertThat(map.known()).isFalse();
    assertThat(map.lane(0).first()).isEqualTo(HashKey.MIN);
    assertThat(map.lane(map.size() - 1).last()).isEqualTo(HashKey.MAX);
    assertThat(map.sameShards(LaneMap.of(shards(16, new Random(1)), new Random(1)))).isFalse();
  }
}
