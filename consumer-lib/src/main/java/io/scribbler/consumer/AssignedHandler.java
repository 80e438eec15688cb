package io.scribbler.consumer;

/**
 * The user's code for one shard.
 *
 * @param call with messages
 * @param shard what is told of the shard's life; one that does nothing for plain handlers
 * @param tellsIdle whether it wants to hear of quiet times
 */
record AssignedHandler(HandlerCall call, ShardHandler shard, boolean tellsIdle) {
  /** A handler that knows nothing of shards. */
  static AssignedHandler plain(HandlerCall call) {
    return new AssignedHandler(call, call::handle, false);
  }

  static AssignedHandler of(ShardHandler handler) {
    return new AssignedHandler(HandlerCall.ofBatches(handler), handler, true);
  }
}
