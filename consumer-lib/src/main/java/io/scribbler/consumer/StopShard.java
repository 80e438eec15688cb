package io.scribbler.consumer;

/** Ends a shard's processing: nothing more of it is handled or committed by this process. */
final class StopShard extends Exception {
  private static final long serialVersionUID = 1L;

  StopShard(String reason, Throwable cause) {
    super(reason, cause);
  }
}
