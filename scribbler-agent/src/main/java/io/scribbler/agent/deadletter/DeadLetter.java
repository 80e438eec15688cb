package io.scribbler.agent.deadletter;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A message that can't be delivered.
 *
 * @param stream the stream that didn't take it; several, with commas between, if none could
 * @param producer whose sequence it has; "" when it has none, epoch and sequence are 0 then
 * @param epoch one life of the producer, unsigned
 * @param sequence its number in that epoch and topic, unsigned
 * @param key "" when it has none
 * @param reason one of a few fixed words, the same as in the ledger
 * @param length its bytes, which may be more than are given here
 * @param data its first bytes, from position to limit; not changed, not moved
 */
public record DeadLetter(
    String stream,
    String topic,
    String producer,
    long epoch,
    long sequence,
    String key,
    String reason,
    long length,
    ByteBuffer data) {
  public DeadLetter {
    Objects.requireNonNull(stream, "stream");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(producer, "producer");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(reason, "reason");
    if (length < data.remaining()) {
      throw new IllegalArgumentException(data.remaining() + " bytes of " + length);
    }
  }

  /** Whether all its bytes are here. */
  public boolean whole() {
    return data.remaining() == length;
  }
}
