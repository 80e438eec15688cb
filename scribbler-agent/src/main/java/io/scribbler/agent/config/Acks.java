package io.scribbler.agent.config;

/** What an acknowledgement promises: nothing, held in memory, on disk, or that Kinesis has it. */
public enum Acks {
  /** No acknowledgement; only a connection may choose it, in its hello line. */
  NONE,
  /** The agent holds the message in memory. */
  MEMORY,
  /** The message is on disk, fsynced. */
  DISK,
  /** Kinesis has the message. */
  STREAM
}
