package io.scribbler.agent.config;

/** Where messages come from. */
public sealed interface SourceConfig permits StdinSourceConfig, UnixSourceConfig {
  /** The topic of messages that name none. */
  String topic();

  Framing framing();

  /** The largest message in bytes; what is longer is dead-lettered. */
  int maxMessage();

  KeyRule key();
}
