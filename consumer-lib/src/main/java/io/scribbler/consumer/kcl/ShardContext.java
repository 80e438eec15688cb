package io.scribbler.consumer.kcl;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.FetchShares;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.processor.Checkpointer;

/** What a shard asks of its stream and of the KCL that runs it. Any thread. */
interface ShardContext {
  EngineHost host();

  /** The stream's name. */
  String name();

  LeaseTable table();

  /** This process's name among those of the application. */
  String worker();

  KclTiming timing();

  /** The memory for what is fetched. */
  FetchShares memory();

  /** Whether nothing is begun any more. */
  boolean isStopping();

  boolean paused();

  /** KCL's store of checkpoints. */
  Checkpointer checkpoints();

  /** Whether the lease is still the one that the shard was assigned with. */
  boolean holds(KclShard shard);

  /** Nothing is done with the shard any more. */
  void left(KclShard shard);

  /** Where a shard's records come from. */
  ShardSource source(String shardId);

  /** Where the application starts, as it is stored now. */
  StartPosition startNow();

  /** Whether a shard that isn't found has ended, so that its children may begin. */
  boolean missing(String shardId, Position committed) throws InterruptedException;

  /** A call failed; it is tried again. */
  void trouble(SdkException e);
}
