package io.scribbler.record;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One message with everything that is known about it. A value: two are equal when all of it is
 * equal, the bytes included.
 *
 * <p>The array is neither copied on the way in nor on the way out, so whoever makes or gets a
 * message must leave its bytes alone.
 *
 * @param topic what it is about
 * @param producer who made it; null for an unidentified message ({@code kpl}, {@code plain})
 * @param epoch the producer's life, an unsigned number; 0 for an unidentified message
 * @param sequence counts up by one in a producer's epoch and topic, an unsigned number; -1 for an
 *     unidentified message
 * @param timeMillis milliseconds since 1970
 * @param key what must stay in order together; empty when there is none
 * @param attributes its block's attributes with its own on top; unmodifiable
 * @param data the bytes of the event
 */
@SuppressWarnings("ArrayRecordComponent") // equals, hashCode and toString below see the bytes
public record Message(
    String topic,
    String producer,
    long epoch,
    long sequence,
    long timeMillis,
    String key,
    Map<String, String> attributes,
    byte[] data) {

  public Message {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(data, "data");
    attributes =
        attributes.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /** Whether it has an identity: producer, epoch, topic and sequence. */
  public boolean identified() {
    return producer != null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Message that
        && epoch == that.epoch
        && sequence == that.sequence
        && timeMillis == that.timeMillis
        && topic.equals(that.topic)
        && Objects.equals(producer, that.producer)
        && key.equals(that.key)
        && attributes.equals(that.attributes)
        && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        topic, producer, epoch, sequence, timeMillis, key, attributes, Arrays.hashCode(data));
  }

  /** Its identity and size; not its bytes, which may be private. */
  @Override
  public String toString() {
    String identity =
        identified()
            ? producer
                + "/"
                + Long.toUnsignedString(epoch)
                + "/"
                + topic
                + "/"
                + Long.toUnsignedString(sequence)
            : topic + "/unidentified";
    return "Message[" + identity + ", time " + timeMillis + ", " + data.length + " bytes]";
  }
}
