package io.scribbler.agent.source;

import io.scribbler.agent.batch.MemoryBudget;
import java.nio.ByteBuffer;

/**
 * Messages that end with a newline, which is not part of them. All other bytes pass as they are.
 */
final class LineFramer extends Framer {
  private static final long NEWLINES = 0x0a0a0a0a0a0a0a0aL;
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final boolean keepUnterminated;

  /**
   * @param keepUnterminated whether bytes after the last newline are a message when the input ends
   */
  LineFramer(MemoryBudget memory, int maxMessage, boolean keepUnterminated) {
    super(memory, maxMessage);
    this.keepUnterminated = keepUnterminated;
  }

  @Override
  boolean feed(ByteBuffer buffer, MessageSink sink) {
    if (finished() && !finish(sink)) {
      return false;
    }
    int position = buffer.position();
    int limit = buffer.limit();
    while (position < limit) {
      int newline = indexOfNewline(buffer, position, limit);
      if (newline < 0) {
        gather(buffer, position, limit - position);
        position = limit;
      } else {
        int next = newline + 1;
        boolean taken = true;
        if (gathering()) {
          gather(buffer, position, newline - position);
          taken = finish(sink);
        } else if (newline == position) {
          sink.emptyLine();
        } else if (!giveOn(buffer, position, newline - position, sink)) {
          buffer.position(position);
          return false;
        }
        if (!taken) {
          buffer.position(next);
          return false;
        }
        position = next;
      }
    }
    buffer.position(position);
    return true;
  }

  private boolean giveOn(ByteBuffer buffer, int position, int length, MessageSink sink) {
    return length > maxMessage
        ? sink.tooLong(buffer, position, Math.min(length, KEPT_OF_TOO_LONG), length)
        : sink.message(buffer, position, length);
  }

  @Override
  boolean end(MessageSink sink) {
    if (finished() || (gathering() && keepUnterminated)) {
      return finish(sink);
    }
    return true;
  }

  @Override
  boolean incomplete() {
    return gathering();
  }

  /**
   * The first newline in [from, to), or -1. Looks at eight bytes at a time: a byte of {@code word ^
   * NEWLINES} is zero where the newline is, and the usual zero-byte test marks the lowest such
   * byte.
   */
  static int indexOfNewline(ByteBuffer littleEndian, int from, int to) {
    int i = from;
    for (; i <= to - 8; i += 8) {
      long word = littleEndian.getLong(i) ^ NEWLINES;
      long zeros = (word - ONES) & ~word & HIGH_BITS;
      if (zeros != 0) {
        return i + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    for (; i < to; i++) {
      if (littleEndian.get(i) == '\n') {
        return i;
      }
    }
    return -1;
  }
}
