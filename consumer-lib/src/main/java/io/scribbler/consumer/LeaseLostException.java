package io.scribbler.consumer;

/**
 * Another process owns the shard now. What was handled and not committed is handled again by that
 * one; there is nothing to do but to stop working on the shard.
 */
public final class LeaseLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With one line that names the shard, and the cause, which may be null. */
  public LeaseLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
