package io.scribbler.consumer.engine;

import io.scribbler.consumer.ConsumerSettings;

/** What an engine sees of the consumer that it drives. Any thread. */
public interface EngineHost {
  /** What to read, for whom, from where and how. */
  ConsumerSettings settings();

  /**
   * This process owns a shard now.
   *
   * @return what takes its records
   */
  ShardProcessor assigned(ShardLease lease);

  /** The memory for what was fetched and is not decoded yet; for every fetch of every shard. */
  ByteBudget fetched();

  /** The engine can't go on; the consumer reports it and stops. */
  void failed(Throwable cause);
}
