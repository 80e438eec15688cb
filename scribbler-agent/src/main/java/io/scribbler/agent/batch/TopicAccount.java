package io.scribbler.agent.batch;

import io.scribbler.agent.metrics.Ledger;

/**
 * One topic's account in one stream: what happened to its messages, told where it happens. A move
 * is made by the thread that owns the messages, in the same step as it moves them, so that a
 * snapshot, which is taken by that thread, never falls between the two.
 */
public final class TopicAccount {
  private final String name;
  private final Ledger.Topic ledger;

  TopicAccount(String name, Ledger.Stream stream) {
    this.name = name;
    this.ledger = stream.topic(name);
  }

  public String name() {
    return name;
  }

  /** Messages came into memory from a source. */
  void accepted(long messages, long bytes) {
    ledger.accepted(messages, bytes);
  }

  /** Messages lie on the disk that a life before left. */
  public void found(long messages, long bytes) {
    ledger.found(messages, bytes);
  }

  /** Messages came into memory from the disk. */
  public void recovered(long messages, long bytes) {
    ledger.recovered(messages, bytes);
  }

  /** Kinesis has messages, and memory no longer. */
  public void delivered(long messages, long bytes) {
    ledger.delivered(messages, bytes);
  }

  /** The disk has messages, and memory no longer. */
  public void spooled(long messages, long bytes) {
    ledger.spooled(messages, bytes);
  }

  /** Messages that were held are given up, for one of a few fixed reasons. */
  public void dropped(String reason, long messages, long bytes) {
    ledger.dropped(reason, messages, bytes);
  }

  /** Messages that were held are in the dead-letter file, or if that failed nowhere. */
  public void refused(String reason, long messages, long bytes, boolean stored) {
    if (stored) {
      ledger.deadLettered(reason, messages, bytes);
    } else {
      ledger.dropped(reason, messages, bytes);
    }
  }
}
