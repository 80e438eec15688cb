package io.scribbler.agent.spool;

import java.util.Objects;

/**
 * What a spooled record says of one of its blocks, without the messages.
 *
 * @param producer who made the messages; "" when they have no identity
 * @param epoch the producer's life, an unsigned number
 * @param firstSequence the sequence of the first of {@code count} messages in a row, unsigned
 * @param count at least 0
 * @param dataBytes bytes of the messages themselves, at least 0
 */
public record BlockHeader(
    String topic, String producer, long epoch, long firstSequence, int count, long dataBytes) {
  /**
   * A block's header.
   *
   * @throws IllegalArgumentException if a number is negative that may not be
   */
  public BlockHeader {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(producer, "producer");
    if (count < 0 || dataBytes < 0) {
      throw new IllegalArgumentException("a block of " + count + " messages, " + dataBytes + " B");
    }
  }
}
