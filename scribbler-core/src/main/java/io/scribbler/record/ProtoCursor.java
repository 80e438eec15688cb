package io.scribbler.record;

/**
 * A cursor over protobuf fields in an array; trusts no length, allocates nothing.
 *
 * <pre>
 *   field = tag  value            tag = varint (field number &lt;&lt; 3 | wire type)
 *   wire types: 0 varint   1 eight bytes   2 varint length, then bytes   3..4 group   5 four bytes
 * </pre>
 *
 * <p>Numbers of more than 64 bits, tags without a field number and unknown wire types are refused.
 */
final class ProtoCursor {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;
  private static final int GROUP = 3;
  private static final int END_GROUP = 4;
  private static final int MAX_GROUP_DEPTH = 64;

  private byte[] data = new byte[0];
  private int position;
  private int end;

  static int tag(int field, int wireType) {
    return (field << 3) | wireType;
  }

  void reset(byte[] bytes, int from, int to) {
    data = bytes;
    position = from;
    end = to;
  }

  byte[] data() {
    return data;
  }

  int position() {
    return position;
  }

  boolean atEnd() {
    return position == end;
  }

  /** Narrows or widens what can be read to the bytes before {@code newEnd}; returns the old end. */
  int limit(int newEnd) {
    int old = end;
    end = newEnd;
    return old;
  }

  /** The next tag; zero is never one. */
  int tag() {
    long tag = varint();
    if (tag >>> 32 != 0 || tag >>> 3 == 0) {
      throw new RecordFormatException("not a record: no field has the tag " + hex(tag));
    }
    return (int) tag;
  }

  long varint() {
    if (position < end) {
      byte first = data[position];
      if (first >= 0) {
        position++;
        return first;
      }
    }
    return longVarint();
  }

  private long longVarint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (position == end) {
        throw new RecordFormatException("cut short in the middle of a number");
      }
      byte b = data[position++];
      if (shift == 63 && (b & 0xfe) != 0) {
        break;
      }
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new RecordFormatException("not a record: a number of more than 64 bits");
  }

  /** The length of the bytes that follow; they are there. */
  int length() {
    long length = varint();
    if (length < 0 || length > end - position) {
      throw new RecordFormatException(
          "cut short, or a length past the end: "
              + Long.toUnsignedString(length)
              + " bytes announced, "
              + (end - position)
              + " left");
    }
    return (int) length;
  }

  void advance(int bytes) {
    if (bytes > end - position) {
      throw new RecordFormatException("cut short in the middle of a field");
    }
    position += bytes;
  }

  int fixed32() {
    int from = position;
    advance(4);
    int value = 0;
    for (int i = 3; i >= 0; i--) {
      value = (value << 8) | (data[from + i] & 0xff);
    }
    return value;
  }

  long fixed64() {
    long low = fixed32() & 0xffffffffL;
    return ((long) fixed32() << 32) | low;
  }

  /** Passes over the value that belongs to this tag. */
  void skip(int tag) {
    int depth = 0;
    int current = tag;
    while (true) {
      switch (current & 7) {
        case VARINT -> varint();
        case FIXED64 -> advance(8);
        case BYTES -> advance(length());
        case FIXED32 -> advance(4);
        case GROUP -> {
          if (++depth > MAX_GROUP_DEPTH) {
            throw new RecordFormatException(
                "not a record: groups more than " + MAX_GROUP_DEPTH + " deep");
          }
        }
        case END_GROUP -> {
          if (--depth < 0) {
            throw new RecordFormatException("not a record: the end of a group that never began");
          }
        }
        default ->
            throw new RecordFormatException(
                "not a record: no field has the tag " + hex(current & 0xffffffffL));
      }
      if (depth == 0) {
        return;
      }
      current = tag();
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
