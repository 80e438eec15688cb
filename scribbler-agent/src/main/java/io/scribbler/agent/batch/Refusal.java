package io.scribbler.agent.batch;

import java.util.List;
import java.util.Optional;

/**
 * A message that no stream can carry, held until it is told that the dead-letter file has it, or
 * that nobody has. Thread-safe; one of both is told, once.
 */
public final class Refusal {
  /** The reason under which messages are counted that were not written until the end. */
  public static final String UNWRITTEN = "dead_letter_unwritten";

  private final Optional<Identity> client;
  private final long sequence;
  private final long bytes;
  private final List<Part> parts;

  /** One stream's part of it. */
  record Part(HeldRefusals held, TopicAccount topic, BatchAck ack) {}

  Refusal(Optional<Identity> client, long sequence, long bytes, List<Part> parts) {
    this.client = client;
    this.sequence = sequence;
    this.bytes = bytes;
    this.parts = parts;
  }

  /** Whose sequence it has, if it has one. */
  public Optional<Identity> client() {
    return client;
  }

  /** Its sequence, if it has one. */
  public long sequence() {
    return sequence;
  }

  /** The dead-letter file has it: that is as safe as it can get. */
  public void stored(String reason) {
    for (Part part : parts) {
      part.held.leave(part.topic, reason, bytes, true);
      part.ack.onDisk();
      part.ack.inStream();
    }
  }

  /** Nobody has it; it is never acknowledged. */
  public void lost() {
    for (Part part : parts) {
      part.held.leave(part.topic, UNWRITTEN, bytes, false);
    }
  }
}
