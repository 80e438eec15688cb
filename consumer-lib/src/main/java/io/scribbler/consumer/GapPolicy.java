package io.scribbler.consumer;

/** What to do when the stream no longer has what comes after a stored position. */
public enum GapPolicy {
  /** The shard stops and says what is missing, until an operator resets its checkpoint. */
  STOP,
  /** Goes on with the oldest record that is left; the gap is logged and counted. */
  CONTINUE
}
