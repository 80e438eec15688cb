package io.scribbler.consumer;

/**
 * Where messages go that can't be handled, and records that can't be read.
 *
 * <p>Called by the threads of the handlers, several at once. Returning means that the letter is
 * kept for good: the checkpoint passes it then. Whatever it throws is logged and tried again, with
 * backoff and without end.
 */
@FunctionalInterface
public interface DeadLetterHandler {
  /** Keeps a letter; its bytes are only good during the call. */
  void park(DeadLetter letter) throws Exception;
}
