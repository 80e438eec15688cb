package io.scribbler.consumer;

/**
 * What is done with messages, a batch at a time.
 *
 * <p>Called by several threads at once, but for one shard by one thread at a time and in the
 * shard's order (with {@link ConsumerBuilder#parallelism} for one key by one thread at a time). The
 * first call of a child shard comes after the last one of its parents.
 *
 * <p>Delivery is at least once: a batch is handed over again, whole or from {@link
 * MessageBatch#done} on, after a failure, and what was not committed after a crash. Whatever this
 * throws, errors and interrupts included, is a failure and follows the {@link RetryPolicy}.
 */
@FunctionalInterface
public interface BatchHandler {
  /** Handles all messages of a batch; returning means that they are done. */
  void handle(MessageBatch batch) throws Exception;
}
