package io.scribbler.agent.shard;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The lanes of a stream at one time: each a slice of the hash-key space, normally that of one open
 * shard. Immutable. A lane's records carry the lane's explicit hash key, a random point of its
 * slice, so that after a split a fleet's records fall into both children.
 */
public final class LaneMap {
  /** How many slices are assumed while the shards are not known, for lack of a permission. */
  private static final int ASSUMED_LANES = 16;

  private final List<Lane> lanes;
  private final boolean known;

  private LaneMap(List<Lane> lanes, boolean known) {
    this.lanes = List.copyOf(lanes);
    this.known = known;
  }

  /** One lane. {@code shardId} is empty while the shards are not known. */
  public record Lane(
      int index, Optional<String> shardId, HashKey first, HashKey last, String explicitHashKey) {}

  /** The lanes of these open shards; fails unless they cover the whole space without overlap. */
  public static LaneMap of(List<ShardRange> shards, RandomGenerator random) {
    List<ShardRange> sorted = new ArrayList<>(shards);
    sorted.sort(Comparator.comparing(ShardRange::first));
    List<Lane> lanes = new ArrayList<>();
    BigInteger next = BigInteger.ZERO;
    for (ShardRange shard : sorted) {
      BigInteger first = shard.first().toBigInteger();
      BigInteger last = shard.last().toBigInteger();
      if (!first.equals(next) || last.compareTo(first) < 0) {
        throw new IllegalArgumentException(
            "shards don't join: " + shard.shardId() + " begins at " + first + ", not at " + next);
      }
      lanes.add(lane(lanes.size(), Optional.of(shard.shardId()), first, last, random));
      next = last.add(BigInteger.ONE);
    }
    if (!next.equals(BigInteger.ONE.shiftLeft(128))) {
      throw new IllegalArgumentException("shards don't cover the hash keys from " + next);
    }
    return new LaneMap(lanes, true);
  }

  /** Equal slices, for a stream whose shards can't be listed. Key order holds with these too. */
  public static LaneMap assumed(RandomGenerator random) {
    List<Lane> lanes = new ArrayList<>();
    BigInteger width = BigInteger.ONE.shiftLeft(128).divide(BigInteger.valueOf(ASSUMED_LANES));
    for (int i = 0; i < ASSUMED_LANES; i++) {
      BigInteger first = width.multiply(BigInteger.valueOf(i));
      BigInteger last = first.add(width).subtract(BigInteger.ONE);
      lanes.add(lane(i, Optional.empty(), first, last, random));
    }
    return new LaneMap(lanes, false);
  }

  private static Lane lane(
      int index,
      Optional<String> shardId,
      BigInteger first,
      BigInteger last,
      RandomGenerator random) {
    BigInteger width = last.subtract(first).add(BigInteger.ONE);
    byte[] bytes = new byte[17];
    random.nextBytes(bytes);
    BigInteger point = first.add(new BigInteger(1, bytes).mod(width));
    return new Lane(index, shardId, HashKey.of(first), HashKey.of(last), point.toString());
  }

  /** Whether these are the stream's shards rather than assumed slices. */
  public boolean known() {
    return known;
  }

  public int size() {
    return lanes.size();
  }

  public Lane lane(int index) {
    return lanes.get(index);
  }

  public List<Lane> lanes() {
    return lanes;
  }

  /** Whether the same shards, by id, make up both maps. */
  public boolean sameShards(LaneMap other) {
    if (lanes.size() != other.lanes.size()) {
      return false;
    }
    for (int i = 0; i < lanes.size(); i++) {
      if (!lanes.get(i).shardId().equals(other.lanes.get(i).shardId())) {
        return false;
      }
    }
    return true;
  }

  /** The lane of a hash key. */
  public int laneOf(HashKey key) {
    return laneOf(key.high(), key.low());
  }

  /**
   * The lane that a partition key's records go to, by the MD5 of its UTF-8 bytes, as Kinesis has
   * it.
   */
  public int laneOf(byte[] key, MessageDigest md5, byte[] scratch16) {
    md5.update(key);
    try {
      md5.digest(scratch16, 0, 16);
    } catch (java.security.DigestException e) {
      throw new IllegalStateException("16 bytes hold an MD5", e);
    }
    return laneOf(longAt(scratch16, 0), longAt(scratch16, 8));
  }

  private int laneOf(long high, long low) {
    int from = 0;
    int to = lanes.size() - 1;
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      HashKey first = lanes.get(middle).first();
      if (HashKey.compare(high, low, first.high(), first.low()) < 0) {
        to = middle - 1;
      } else {
        from = middle;
      }
    }
    return from;
  }

  private static long longAt(byte[] bytes, int offset) {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | (bytes[offset + i] & 0xff);
    }
    return value;
  }
}
