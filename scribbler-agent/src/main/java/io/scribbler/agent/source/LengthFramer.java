package io.scribbler.agent.source;

import io.scribbler.agent.batch.MemoryBudget;
import java.nio.ByteBuffer;

/**
 * Messages after their length.
 *
 * <pre>
 *   +--------+--------+--------+--------+------------------+
 *   | length, unsigned, big-endian      | length bytes ... |
 *   +--------+--------+--------+--------+------------------+
 * </pre>
 *
 * A length of 0 is a message of no bytes. A length over the limit is believed only as the number of
 * bytes to pass over.
 */
final class LengthFramer extends Framer {
  private static final int HEADER = 4;

  private int headerBytes; // seen of the current header
  private long length; // of the current message, being put together from its header

  LengthFramer(MemoryBudget memory, int maxMessage) {
    super(memory, maxMessage);
  }

  @Override
  boolean feed(ByteBuffer buffer, MessageSink sink) {
    if (finished()) {
      if (!finish(sink)) {
        return false;
      }
      headerBytes = 0;
    }
    int limit = buffer.limit();
    while (true) {
      int position = buffer.position();
      while (headerBytes < HEADER && position < limit) {
        length = (headerBytes == 0 ? 0 : length << 8) | (buffer.get(position++) & 0xff);
        headerBytes++;
      }
      buffer.position(position);
      if (headerBytes < HEADER) {
        return true;
      }
      if (!gathering() && length <= maxMessage && length <= limit - position) {
        if (!sink.message(buffer, position, (int) length)) {
          return false;
        }
        buffer.position(position + (int) length);
        headerBytes = 0;
      } else {
        int taken = (int) Math.min(limit - position, length - unfinishedLength());
        gather(buffer, position, taken);
        buffer.position(position + taken);
        if (unfinishedLength() < length) {
          return true;
        }
        if (!finish(sink)) {
          return false;
        }
        headerBytes = 0;
      }
    }
  }

  /** What was cut off is no message: its sender said how long it would be. */
  @Override
  boolean end(MessageSink sink) {
    return !finished() || finish(sink);
  }

  @Override
  boolean incomplete() {
    return headerBytes > 0 || gathering();
  }
}
