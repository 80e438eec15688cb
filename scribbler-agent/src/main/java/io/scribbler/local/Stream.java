package io.scribbler.local;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * One stream: its shards, open and closed, its consumers and settings. Owned by the loop thread.
 */
final class Stream {
  private static final String ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/";

  private final String name;
  private final long createdMillis;
  private final Storage storage;
  private final List<Shard> shards = new ArrayList<>();
  private final NavigableMap<BigInteger, Shard> open = new TreeMap<>();
  private final Map<String, Consumer> consumers = new TreeMap<>();
  private final Map<String, String> tags = new TreeMap<>();
  private boolean onDemand;
  private int retentionHours = 24;
  private int maxRecordBytes;

  Stream(String name, long createdMillis, int maxRecordBytes, Storage storage) {
    this.name = name;
    this.createdMillis = createdMillis;
    this.maxRecordBytes = maxRecordBytes;
    this.storage = storage;
  }

  String name() {
    return name;
  }

  String arn() {
    return ARN + name;
  }

  long createdMillis() {
    return createdMillis;
  }

  boolean onDemand() {
    return onDemand;
  }

  void onDemand(boolean value) {
    onDemand = value;
  }

  int retentionHours() {
    return retentionHours;
  }

  void retentionHours(int value) {
    retentionHours = value;
  }

  int maxRecordBytes() {
    return maxRecordBytes;
  }

  void maxRecordBytes(int value) {
    maxRecordBytes = value;
  }

  /** Consumers by name. */
  Map<String, Consumer> consumers() {
    return consumers;
  }

  Map<String, String> tags() {
    return tags;
  }

  /** All shards that were ever there, by index. */
  List<Shard> shards() {
    return Collections.unmodifiableList(shards);
  }

  /** The shards that take records, by range. */
  List<Shard> openShards() {
    return List.copyOf(open.values());
  }

  int openCount() {
    return open.size();
  }

  Shard shard(String id) {
    if (id.matches("shardId-[0-9]{1,18}")) {
      long index = Long.parseLong(id.substring("shardId-".length()));
      if (index < shards.size()) {
        return shards.get((int) index);
      }
    }
    throw ApiException.notFound(
        "Could not find shard " + id + " in stream " + name + " under account 000000000000.");
  }

  Shard shardFor(BigInteger hash) {
    return open.floorEntry(hash).getValue();
  }

  List<Shard> childrenOf(Shard shard) {
    return shards.stream().filter(s -> s.isChildOf(shard)).toList();
  }

  Shard add(HashRange range, Shard parent, Shard adjacent, long startMillis) {
    int index = shards.size();
    ShardLog log = storage.log(name, createdMillis, index);
    Shard shard = new Shard(index, parent, adjacent, range, startMillis, log);
    shards.add(shard);
    open.put(range.from(), shard);
    return shard;
  }

  void close(Shard shard, long nowMillis) {
    open.remove(shard.range().from(), shard);
    shard.close(nowMillis);
  }

  /** Splits an open shard so that the second child begins at a hash key. */
  void split(Shard shard, BigInteger at, long nowMillis) {
    HashRange range = shard.range();
    if (at.compareTo(range.from()) <= 0 || at.compareTo(range.to()) > 0) {
      throw ApiException.invalid(
          "NewStartingHashKey "
              + at
              + " is not both within the range of shard "
              + shard.id()
              + " and above its start.");
    }
    requireOpen(shard);
    open.remove(range.from());
    long start = Math.max(nowMillis, shard.startMillis() + 1);
    add(new HashRange(range.from(), at.subtract(BigInteger.ONE)), shard, null, start);
    add(new HashRange(at, range.to()), shard, null, start);
    shard.close(start);
  }

  /** Merges two open shards whose ranges touch. */
  Shard merge(Shard one, Shard other, long nowMillis) {
    requireOpen(one);
    requireOpen(other);
    if (!one.range().isBefore(other.range()) && !other.range().isBefore(one.range())) {
      throw ApiException.invalid(
          "Shards "
              + one.id()
              + " and "
              + other.id()
              + " in stream "
              + name
              + " are not adjacent.");
    }
    HashRange range =
        new HashRange(
            one.range().from().min(other.range().from()), one.range().to().max(other.range().to()));
    open.remove(one.range().from());
    open.remove(other.range().from());
    long start = Math.max(nowMillis, Math.max(one.startMillis(), other.startMillis()) + 1);
    Shard merged = add(range, one, other, start);
    one.close(start);
    other.close(start);
    return merged;
  }

  /** Splits at every boundary of the target, then merges what lies between two of them. */
  void scale(int target, long nowMillis) {
    List<HashRange> ranges = HashRange.uniform(target);
    for (HashRange range : ranges) {
      Shard holder = shardFor(range.from());
      if (!holder.range().from().equals(range.from())) {
        split(holder, range.from(), nowMillis);
      }
    }
    for (HashRange range : ranges) {
      Shard merged = open.get(range.from());
      while (!merged.range().to().equals(range.to())) {
        merged = merge(merged, open.higherEntry(merged.range().to()).getValue(), nowMillis);
      }
    }
  }

  /** The shards that are still listed: a closed one expires with its records. */
  List<Shard> listed(long nowMillis) {
    long horizon = horizon(nowMillis);
    return shards.stream().filter(s -> s.isOpen() || s.closedMillis() >= horizon).toList();
  }

  /** The time before which records have expired. */
  long horizon(long nowMillis) {
    return nowMillis - retentionHours * 3_600_000L;
  }

  private void requireOpen(Shard shard) {
    if (!shard.isOpen()) {
      throw ApiException.invalid(
          "Shard "
              + shard.id()
              + " in stream "
              + name
              + " is closed and can be neither split nor merged.");
    }
  }
}
