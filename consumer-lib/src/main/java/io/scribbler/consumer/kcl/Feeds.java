package io.scribbler.consumer.kcl;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.metrics.MetricsFactory;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RetrievalFactory;

/**
 * The shards of one worker. KCL asks for a shard's feed and then, in the same thread and without
 * another shard between, for its processor without naming it: they are one object here.
 */
final class Feeds implements RetrievalFactory, ShardRecordProcessorFactory {
  private final Function<ShardInfo, KclShard> shards;
  private final Set<KclShard> all = ConcurrentHashMap.newKeySet();
  // Owned by KCL's scheduling thread.
  private KclShard last;

  Feeds(Function<ShardInfo, KclShard> shards) {
    this.shards = shards;
  }

  @Override
  public RecordsPublisher createGetRecordsCache(
      ShardInfo shard, StreamConfig stream, MetricsFactory metrics, String consumerId) {
    last = shards.apply(shard);
    all.add(last);
    return last.feed();
  }

  @Override
  public ShardRecordProcessor shardRecordProcessor() {
    if (last == null) {
      throw new IllegalStateException("KCL's order of calls has changed: no feed was asked for");
    }
    KclShard shard = last;
    last = null;
    return shard;
  }

  /** Those that are not over. */
  Set<KclShard> all() {
    return Set.copyOf(all);
  }

  void remove(KclShard shard) {
    all.remove(shard);
  }
}
