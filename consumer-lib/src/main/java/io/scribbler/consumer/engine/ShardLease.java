package io.scribbler.consumer.engine;

import io.scribbler.consumer.LeaseLostException;
import io.scribbler.consumer.Position;
import java.time.Instant;

/**
 * One shard while this process owns it, given to the library by an engine. Its methods are called
 * by any thread, one at a time.
 */
public interface ShardLease {
  /** The most bytes that {@link #prepare} takes. */
  int MAX_STATE_BYTES = 16 << 10;

  /** The name of the shard's stream. */
  String stream();

  /** The shard. */
  String shardId();

  /** What was stored when this process became the owner; the same all along. */
  Checkpoint checkpoint();

  /**
   * Stores that everything before the position is done, and forgets what was prepared. {@link
   * Position#END} lets the shard's children begin.
   *
   * @param upTo everything that Kinesis took before it is done; null: unknown
   * @param seen identities handled lately; an engine that can't keep them ignores them
   * @throws LeaseLostException if another process owns the shard; nothing is stored
   * @throws CheckpointException if it could not be stored for another reason; may be tried again
   */
  void commit(Position position, Instant upTo, byte[] seen);

  /**
   * Stores that everything that Kinesis took before a time is done, while the committed position,
   * or that there is none, stays. By that a quiet shard is told from one of which the stream has
   * let go what came. An engine that keeps no such time does nothing.
   *
   * @throws LeaseLostException if another process owns the shard
   * @throws CheckpointException if it could not be stored; may be tried again
   */
  default void progress(Instant upTo) {}

  /**
   * Announces a position: stores it with a state beside the committed one, which stays.
   *
   * @param state at most {@link #MAX_STATE_BYTES}, for the next owner
   * @throws LeaseLostException if another process owns the shard
   * @throws CheckpointException if it is unknown whether it was stored; may be tried again
   */
  void prepare(Position position, byte[] state);
}
