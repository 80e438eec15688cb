package io.scribbler.consumer;

/**
 * A handler of one shard, for as long as this process owns it; made when the shard is assigned
 * ({@link ConsumerBuilder#shardHandlers}). Threads, order and delivery are those of {@link
 * BatchHandler}: the methods are called one at a time, {@link #lost} excepted.
 */
public interface ShardHandler extends BatchHandler {
  /**
   * Nothing came; called at least once in a few seconds while the shard is quiet, for what depends
   * on time.
   *
   * @param millisBehind how far the last read is behind the shard's tip; 0 at the tip
   */
  default void idle(long millisBehind) throws Exception {}

  /**
   * The shard is closed and all of it was handled. Who has taken the checkpoints over commits
   * {@link Position#END}, now or later; the shard's children begin after that.
   */
  default void ended() throws Exception {}

  /**
   * A planned stop or hand-over: everything that was taken is handled, nothing more will come. The
   * last moment at which checkpoints can be written.
   */
  default void closing() throws Exception {}

  /** Another process owns the shard: nothing of it can be committed any more. Any thread. */
  default void lost() {}
}
