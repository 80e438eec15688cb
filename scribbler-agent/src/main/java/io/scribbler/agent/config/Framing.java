package io.scribbler.agent.config;

/** How messages are told apart in a stream of bytes. */
public enum Framing {
  /** A newline ends a message. */
  LINES,
  /** A 4-byte big-endian length stands before each message. */
  LENGTH
}
