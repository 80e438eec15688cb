package io.scribbler.consumer.engine;

/** A checkpoint that could not be stored, or of which that is unknown; it may be tried again. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With one line on what is wrong, and the cause, which may be null. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
