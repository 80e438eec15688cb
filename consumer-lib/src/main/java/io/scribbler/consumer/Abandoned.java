package io.scribbler.consumer;

/** Unwinds a handler's thread: the lease is lost, or the time to stop is over. */
final class Abandoned extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Abandoned() {
    super("abandoned", null, false, false);
  }
}
