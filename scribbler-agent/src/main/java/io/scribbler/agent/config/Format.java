package io.scribbler.agent.config;

/** How messages are put into Kinesis records; docs/wire-format.md has the bytes. */
public enum Format {
  /** Blocks with topic, identity and compression. */
  FIREHOSE,
  /** KPL aggregates, for consumers that know nothing of Scribbler. */
  KPL,
  /** One message a record. */
  PLAIN
}
