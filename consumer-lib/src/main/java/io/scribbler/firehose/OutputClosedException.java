package io.scribbler.firehose;

import java.io.IOException;

/** Whoever read our standard output has gone: nothing more is wanted. */
final class OutputClosedException extends IOException {
  private static final long serialVersionUID = 1L;

  OutputClosedException(IOException cause) {
    super("standard output was closed", cause);
  }
}
