package io.scribbler.consumer;

import java.util.Optional;

/** A shard that this process owns now, and what is stored of it. */
public interface ShardAssignment {
  /** The name of the shard's stream. */
  String stream();

  /** The shard. */
  String shardId();

  /** What is before it is done; empty when the shard is new to the application. */
  Optional<Position> committed();

  /** What the last owner had announced and not committed; empty when nothing is. */
  Optional<Position> pending();

  /** What the last owner stored with the pending position; empty when nothing was. */
  byte[] state();

  /**
   * Takes the checkpoints over: the library commits nothing of this shard by itself any more. To be
   * called while the handler is made.
   *
   * @throws IllegalStateException if it is called later and was not called then
   */
  Checkpointer takeCheckpoints();
}
