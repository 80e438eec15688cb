package io.scribbler.agent.batch;

/**
 * What is known of messages of one topic once they are bytes.
 *
 * @param account of their topic
 * @param identity whose sequences they have
 * @param firstSequence of {@code count} messages in a row
 * @param dataBytes bytes of the messages themselves
 * @param heldBytes what its bytes and all that is kept of it take of the memory budget
 * @param openedNanos when the oldest was accepted
 * @param ack tells those who wait for it; null if nobody can, as for what comes from disk
 */
public record BlockSummary(
    TopicAccount account,
    Identity identity,
    long firstSequence,
    int count,
    long dataBytes,
    int heldBytes,
    long openedNanos,
    BatchAck ack) {
  /** What a record of its own costs beside its bytes. */
  static final int OVERHEAD = 256;

  static int held(byte[] bytes) {
    return held(bytes.length);
  }

  /** What so many bytes take of the memory budget, with what is kept beside them. */
  public static int held(int bytes) {
    return bytes + OVERHEAD;
  }
}
