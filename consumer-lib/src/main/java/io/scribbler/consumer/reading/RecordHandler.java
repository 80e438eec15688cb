package io.scribbler.consumer.reading;

/**
 * What takes the records that a {@link StreamReader} reads.
 *
 * <p>Called by several threads at once, but for one shard by one thread at a time and in the
 * shard's order; a child shard's first call comes after its parents' last. A shard is not read on
 * before the call returns, so a slow handler slows reading and needs no queue.
 */
@FunctionalInterface
public interface RecordHandler {
  /** Handles one batch; whatever it throws stops the reader, which then reports it. */
  void handle(ShardBatch batch);
}
