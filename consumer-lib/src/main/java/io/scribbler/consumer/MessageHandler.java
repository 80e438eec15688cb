package io.scribbler.consumer;

/**
 * What is done with messages, one at a time. Threads, order and delivery are those of {@link
 * BatchHandler}; only a message that fails is handled again, those before it are done.
 */
@FunctionalInterface
public interface MessageHandler {
  /** Handles a message; returning means that it is done. */
  void handle(ConsumerMessage message) throws Exception;
}
