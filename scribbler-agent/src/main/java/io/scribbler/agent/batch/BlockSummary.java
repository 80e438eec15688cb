package io.scribbler.agent.batch;

/**
 * What is known of messages of one topic once they are bytes.
 *
 * @param firstSequence of {@code count} messages in a row
 * @param dataBytes bytes of the messages themselves
 * @param heldBytes what its bytes and all that is kept of it take of the memory budget
 * @param openedNanos when the oldest was accepted
 */
public record BlockSummary(
    TopicBatches topic,
    long firstSequence,
    int count,
    long dataBytes,
    int heldBytes,
    long openedNanos) {
  /** What a record of its own costs beside its bytes. */
  static final int OVERHEAD = 256;

  static int held(byte[] bytes) {
    return bytes.length + OVERHEAD;
  }
}
