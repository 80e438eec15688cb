package io.scribbler.consumer.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.scribbler.consumer.StreamRecord;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The shards of a stream in memory, open and closed. Any thread; guards all below by itself. */
final class StoredShards {
  private static final int MOST_SHARDS = 10_000;
  private static final BigInteger HASH_KEYS = BigInteger.ONE.shiftLeft(128);

  // By ID, so in the order of their making.
  private final Map<String, StoredShard> shards = new TreeMap<>();
  private int made;
  private long lastSequence;
  private int turn;

  StoredShards(int count) {
    if (count < 1 || count > MOST_SHARDS) {
      throw new IllegalArgumentException("shards: 1 to " + MOST_SHARDS + ", not " + count);
    }
    for (int i = 0; i < count; i++) {
      BigInteger from = share(i, count);
      make(from, share(i + 1, count).subtract(BigInteger.ONE), List.of());
    }
  }

  private static BigInteger share(int part, int parts) {
    return HASH_KEYS.multiply(BigInteger.valueOf(part)).divide(BigInteger.valueOf(parts));
  }

  private StoredShard make(BigInteger from, BigInteger to, List<String> parents) {
    StoredShard shard = new StoredShard(String.format("shardId-%012d", made++), from, to, parents);
    shards.put(shard.id, shard);
    return shard;
  }

  synchronized List<String> open() {
    return openShards().stream().map(shard -> shard.id).toList();
  }

  private List<StoredShard> openShards() {
    return shards.values().stream()
        .filter(StoredShard::open)
        .sorted(Comparator.comparing(shard -> shard.from))
        .toList();
  }

  /** The open shard of a partition key. */
  synchronized String of(String partitionKey) {
    BigInteger hash = new BigInteger(1, md5(partitionKey));
    return openShards().stream().filter(s -> s.has(hash)).findFirst().orElseThrow().id;
  }

  private static byte[] md5(String text) {
    try {
      return MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }

  /** One open shard after the other, for records that belong nowhere. */
  synchronized String next() {
    List<String> open = open();
    return open.get(Math.floorMod(turn++, open.size()));
  }

  private StoredShard openShard(String shardId) {
    StoredShard shard = shards.get(shardId);
    if (shard == null || !shard.open()) {
      throw new IllegalArgumentException("no open shard " + shardId + "; open are " + open());
    }
    return shard;
  }

  /** Adds a record to an open shard. */
  synchronized StreamRecord put(String shardId, String partitionKey, byte[] data, long nowMillis) {
    StoredShard shard = openShard(shardId);
    StreamRecord record =
        new StreamRecord(Long.toString(++lastSequence), partitionKey, nowMillis, data);
    shard.add(record);
    return record;
  }

  /** The sequence number that the next record will have. */
  synchronized long nextSequence() {
    return lastSequence + 1;
  }

  synchronized List<String> split(String shardId, long nowMillis) {
    StoredShard parent = openShard(shardId);
    if (parent.from.equals(parent.to)) {
      throw new IllegalArgumentException(shardId + " has one hash key only");
    }
    BigInteger middle = parent.from.add(parent.to).shiftRight(1);
    parent.close(nowMillis);
    StoredShard left = make(parent.from, middle, List.of(shardId));
    return List.of(left.id, make(middle.add(BigInteger.ONE), parent.to, List.of(shardId)).id);
  }

  synchronized String merge(String one, String other, long nowMillis) {
    List<StoredShard> both = new ArrayList<>(List.of(openShard(one), openShard(other)));
    both.sort(Comparator.comparing(shard -> shard.from));
    if (!both.get(0).to.add(BigInteger.ONE).equals(both.get(1).from)) {
      throw new IllegalArgumentException(one + " and " + other + " are not neighbours");
    }
    both.forEach(shard -> shard.close(nowMillis));
    return make(both.get(0).from, both.get(1).to, List.of(one, other)).id;
  }

  /** Lets go of what came before a moment, and of shards that were closed before it. */
  synchronized void expire(long horizonMillis) {
    shards.values().removeIf(shard -> shard.expire(horizonMillis));
  }

  synchronized List<String> all() {
    return List.copyOf(shards.keySet());
  }

  /** The parents of a shard; none when the stream doesn't know it. */
  synchronized List<String> parents(String shardId) {
    StoredShard shard = shards.get(shardId);
    return shard == null ? List.of() : shard.parents;
  }

  /** The shards that were closed before a moment. */
  synchronized List<String> closedBefore(long millis) {
    return shards.values().stream()
        .filter(shard -> shard.closedMillis().orElse(Long.MAX_VALUE) < millis)
        .map(shard -> shard.id)
        .toList();
  }

  /** A read from a sequence number on; empty when the shard is gone. */
  synchronized Optional<StoredShard.Slice> read(String shardId, String sequenceNumber) {
    return Optional.ofNullable(shards.get(shardId)).map(shard -> shard.read(sequenceNumber));
  }
}
