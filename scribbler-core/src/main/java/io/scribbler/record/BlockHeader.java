package io.scribbler.record;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a block says about the messages in it, readable without decompressing them.
 *
 * <p>A {@code kpl} or {@code plain} record is read as one block that has no identity: its producer
 * is null, its first sequence -1, its epoch 0.
 *
 * @param topic what the messages are about
 * @param producer who made them; null when the format doesn't tell
 * @param epoch the producer's life, an unsigned number
 * @param firstSequence the sequence of the first message, an unsigned number; the others follow by
 *     one
 * @param count the number of messages
 * @param baseTimeMillis the earliest time of the messages, milliseconds since 1970
 * @param codec how the messages are compressed
 * @param rawSize the bytes of the encoded messages before compression
 * @param attributes what holds for all of the messages; unmodifiable
 */
public record BlockHeader(
    String topic,
    String producer,
    long epoch,
    long firstSequence,
    int count,
    long baseTimeMillis,
    Codec codec,
    int rawSize,
    Map<String, String> attributes) {

  public BlockHeader {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(codec, "codec");
    attributes =
        attributes.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /** Whether the messages have an identity: producer, epoch, topic and sequence. */
  public boolean identified() {
    return producer != null;
  }
}
