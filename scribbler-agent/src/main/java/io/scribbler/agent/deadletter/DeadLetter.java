package io.scribbler.agent.deadletter;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A message that can't be delivered.
 *
 * @param key "" when it has none
 * @param reason one of a few fixed words, the same as in the ledger
 * @param length its bytes, which may be more than are given here
 * @param data its first bytes, from position to limit; not copied, not moved, not kept after the
 *     call
 */
public record DeadLetter(
    String stream, String topic, String key, String reason, long length, ByteBuffer data) {
  /** How many bytes of a message are kept. */
  public static final int MAX_DATA = 64 << 10;

  public DeadLetter {
    Objects.requireNonNull(stream, "stream");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(data, "data");
  }
}
