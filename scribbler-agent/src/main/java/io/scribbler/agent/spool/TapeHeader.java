package io.scribbler.agent.spool;

import java.nio.ByteBuffer;

/**
 * Tape's own header of a file, version 1: version (4 bytes, with the top bit set), file length (8),
 * number of elements (4), position of the first (8) and of the last element (8). Tape writes it
 * last of all, so an element is committed once the header counts it.
 */
record TapeHeader(long fileLength, int count, long first, long last) {
  static final int SIZE = 32;
  private static final int VERSION = 0x80000001;

  /** The header of a file without elements that has its full length already. */
  static ByteBuffer empty(long fileLength) {
    return ByteBuffer.allocate(SIZE).putInt(0, VERSION).putLong(4, fileLength);
  }

  /**
   * Reads one.
   *
   * @return null when no segment of ours can have this one
   */
  static TapeHeader read(ByteBuffer from) {
    if (from.limit() < SIZE || from.getInt(0) != VERSION) {
      return null;
    }
    TapeHeader header =
        new TapeHeader(from.getLong(4), from.getInt(12), from.getLong(16), from.getLong(24));
    return header.plausible() ? header : null;
  }

  private boolean plausible() {
    if (fileLength <= SIZE || fileLength > Segment.MAX_SIZE || count < 0) {
      return false;
    }
    return count == 0
        ? first == 0 && last == 0
        : first == SIZE && last >= SIZE && last < fileLength;
  }

  /** Whether it counts the element at this offset. */
  boolean commits(long offset) {
    return count > 0 && offset <= last;
  }
}
