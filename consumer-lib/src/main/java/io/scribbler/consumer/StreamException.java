package io.scribbler.consumer;

/** A stream that can't be read as configured; the message is one line that says what to do. */
public final class StreamException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the line and what caused it, which may be null. */
  public StreamException(String message, Throwable cause) {
    super(message, cause);
  }
}
