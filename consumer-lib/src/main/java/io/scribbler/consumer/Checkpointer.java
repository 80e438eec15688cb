package io.scribbler.consumer;

/**
 * The checkpoints of one shard in the hands of its handler: announce, act, commit. Any thread, one
 * call at a time.
 *
 * <p>Errors: {@link LeaseLostException} when another process owns the shard, {@link
 * io.scribbler.consumer.engine.CheckpointException} when the store fails and the call may be tried
 * again; after that from {@link #prepare} it is unknown whether it was stored.
 */
public interface Checkpointer {
  /**
   * Stores a position and a state beside the committed position. Whoever owns the shard next finds
   * both ({@link ShardAssignment#pending}, {@link ShardAssignment#state}) and is given everything
   * from the committed position on.
   *
   * @param state at most 16 KiB
   */
  void prepare(Position position, byte[] state);

  /**
   * Stores that everything before the position is done, and forgets what was prepared.
   *
   * @throws IllegalArgumentException for a position that is before the committed one
   */
  void commit(Position position);
}
