package io.scribbler.agent.send;

import io.scribbler.agent.shard.HashKey;
import io.scribbler.agent.shard.ShardRange;
import io.scribbler.record.Message;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A stream in memory that fails as a script says, and remembers each request and each message. */
final class FakeStream implements RecordPutter {
  static final Failure THROTTLED = new Failure(Kind.THROTTLED, "ProvisionedThroughputExceeded");
  static final Failure INTERNAL = new Failure(Kind.TRANSIENT, "InternalFailure");
  static final Failure DENIED = new Failure(Kind.HOLD, "AccessDeniedException: no");

  List<ShardRange> shards;
  Failure shardsFailure;
  Function<List<SealedRecord>, Failure> requestFailure = records -> null;
  Function<SealedRecord, Failure> recordFailure = record -> null;

  final List<List<SealedRecord>> requests = new ArrayList<>();

  /** Records in the order in which they were taken, and each record's shard. */
  final List<SealedRecord> taken = new ArrayList<>();

  final List<String> takenShards = new ArrayList<>();

  FakeStream(int shardCount) {
    reshard("shard", shardCount);
  }

  /** Replaces all shards by this many equal ones. */
  void reshard(String prefix, int count) {
    BigInteger width = BigInteger.ONE.shiftLeft(128).divide(BigInteger.valueOf(count));
    List<ShardRange> made = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      BigInteger first = width.multiply(BigInteger.valueOf(i));
      BigInteger end =
          i == count - 1
              ? BigInteger.ONE.shiftLeft(128)
              : width.multiply(BigInteger.valueOf(i + 1));
      made.add(
          new ShardRange(
              prefix + "-" + i,
              HashKey.parse(first.toString()),
              HashKey.parse(end.subtract(BigInteger.ONE).toString())));
    }
    shards = made;
  }

  @Override
  public PutOutcome put(List<SealedRecord> records) {
    requests.add(List.copyOf(records));
    Failure whole = requestFailure.apply(records);
    if (whole != null) {
      return PutOutcome.failed(whole);
    }
    List<RecordResult> results = new ArrayList<>();
    for (SealedRecord record : records) {
      Failure failure = recordFailure.apply(record);
      if (failure == null) {
        taken.add(record);
        takenShards.add(shardOf(record));
        results.add(new RecordResult(shardOf(record), null));
      } else {
        results.add(new RecordResult(null, failure));
      }
    }
    return PutOutcome.of(results);
  }

  /** Where the service puts it: by the explicit hash key, or else the MD5 of the partition key. */
  String shardOf(SealedRecord record) {
    String explicit = record.explicitHashKey();
    byte[] partitionKey = record.partitionKey().getBytes(StandardCharsets.UTF_8);
    BigInteger hashed = new BigInteger(1, HashKey.newDigest().digest(partitionKey));
    HashKey key = HashKey.parse(explicit == null ? hashed.toString() : explicit);
    for (ShardRange shard : shards) {
      if (shard.first().compareTo(key) <= 0 && key.compareTo(shard.last()) <= 0) {
        return shard.shardId();
      }
    }
    throw new IllegalStateException("no shard takes " + key);
  }

  @Override
  public ShardsOutcome openShards() {
    return shardsFailure == null ? ShardsOutcome.of(shards) : ShardsOutcome.failed(shardsFailure);
  }

  /** All messages, in the order in which they were taken. */
  List<Message> messages() {
    List<Message> all = new ArrayList<>();
    for (SealedRecord record : taken) {
      RecordReader.messages(record.data(), new RecordContext("t", record.partitionKey(), 0))
          .forEach(all::add);
    }
    return all;
  }

  @Override
  public void close() {}
}
