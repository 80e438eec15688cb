package io.scribbler.consumer.engine;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.Position;
import java.time.Instant;
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
   * What time it is at Kinesis, by the Date of an answer that has just come: whether records are
   * past their retention is told by that, since the host's clock may be wrong. An engine that
   * doesn't tell is taken to have the host's.
   */
  default void serviceTime(Instant now) {}

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
