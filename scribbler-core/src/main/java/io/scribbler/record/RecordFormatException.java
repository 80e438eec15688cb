package io.scribbler.record;

/** A record that can't be read; the message is one line that says why. */
public final class RecordFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RecordFormatException(String reason) {
    super(reason);
  }

  public RecordFormatException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
