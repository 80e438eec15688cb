package io.scribbler.agent.batch;

/**
 * Finds the bounds of the messages in a {@code Messages} that {@code MessageBuffer} wrote: the tag
 * 0A and a length, then the message, whose data comes first: the tag 0A and a length, or nothing.
 */
final class MessageScan {
  private static final byte LENGTH_DELIMITED_1 = 0x0a;

  private MessageScan() {}

  /** The offset after the message at {@code at}. */
  static int end(byte[] raw, int at) {
    return at + 1 + varintSize(raw, at + 1) + varint(raw, at + 1);
  }

  /** The bytes of data in the message at {@code at}. */
  static int dataLength(byte[] raw, int at) {
    int inner = at + 1 + varintSize(raw, at + 1);
    boolean hasData = inner < end(raw, at) && raw[inner] == LENGTH_DELIMITED_1;
    return hasData ? varint(raw, inner + 1) : 0;
  }

  private static int varint(byte[] raw, int at) {
    int value = 0;
    for (int shift = 0; ; shift += 7, at++) {
      value |= (raw[at] & 0x7f) << shift;
      if (raw[at] >= 0) {
        return value;
      }
    }
  }

  private static int varintSize(byte[] raw, int at) {
    int size = 1;
    while (raw[at] < 0) {
      at++;
      size++;
    }
    return size;
  }
}
