package io.scribbler.agent.batch;

import io.scribbler.agent.metrics.Ledger;

/** One topic in one stream: its next sequence, its open batches, and its account. */
public final class TopicBatches {
  private final String name;
  private final Ledger.Stream stream;
  private final Ledger.Topic ledger;

  // Guarded by the accumulator's lock.
  long nextSequence;
  OpenBatch unkeyed; // null while none is open
  OpenBatch[] keyed = new OpenBatch[0]; // by lane; null while none is open
  int lastSize; // of the batch sealed last, what the next one begins with

  // Guarded by the ledger's lock.
  private long heldMessages;
  private long heldBytes;

  TopicBatches(String name, Ledger.Stream stream) {
    this.name = name;
    this.stream = stream;
    this.ledger = stream.topic(name);
  }

  public String name() {
    return name;
  }

  /** Messages came into memory. */
  void accepted(long messages, long bytes) {
    stream.atomically(
        () -> {
          ledger.accepted(messages, bytes);
          heldMessages += messages;
          heldBytes += bytes;
        });
  }

  /** Kinesis has messages, and memory no longer. */
  public void delivered(long messages, long bytes) {
    stream.atomically(
        () -> {
          ledger.delivered(messages, bytes);
          heldMessages -= messages;
          heldBytes -= bytes;
        });
  }

  /** Messages that were held are in the dead-letter file, or if that failed nowhere. */
  public void refused(String reason, long messages, long bytes, boolean stored) {
    stream.atomically(
        () -> {
          settle(reason, messages, bytes, stored);
          heldMessages -= messages;
          heldBytes -= bytes;
        });
  }

  /** Messages were refused as they came. */
  void refusedAtOnce(String reason, long messages, long bytes, boolean stored) {
    stream.atomically(
        () -> {
          ledger.accepted(messages, bytes);
          settle(reason, messages, bytes, stored);
        });
  }

  private void settle(String reason, long messages, long bytes, boolean stored) {
    if (stored) {
      ledger.deadLettered(reason, messages, bytes);
    } else {
      ledger.dropped(reason, messages, bytes);
    }
  }

  void countHeld(Ledger.Tally tally) {
    tally.add(name, heldMessages, heldBytes);
  }
}
