package io.scribbler.agent.spool;

import java.io.IOException;

/** What lies on disk is not what was written. */
final class CorruptElementException extends IOException {
  private static final long serialVersionUID = 1L;

  CorruptElementException(String message) {
    super(message);
  }

  CorruptElementException(String message, Throwable cause) {
    super(message, cause);
  }
}
