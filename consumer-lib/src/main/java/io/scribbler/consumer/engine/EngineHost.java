package io.scribbler.consumer.engine;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.Position;
import java.util.List;

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

  /**
   * A shard that was not handled to its end is no longer in the stream: what was left of it is
   * lost. The consumer says so and counts it, or stops, as it is set.
   *
   * @return whether to go on
   */
  boolean shardGone(String stream, String shardId, Position committed);

  /**
   * What the consumer's threads are about, one line each; empty when everything that the engine
   * gave is handled, parked, or waits: for time to pass ({@link Time#holds}), for the end of a
   * pause, or for an operator. For engines of tests.
   */
  default List<String> underWay() {
    return List.of();
  }

  /** The engine can't go on; the consumer reports it and stops. */
  void failed(Throwable cause);
}
