package io.scribbler.record;

/** Sizes and bytes of protobuf's numbers and fields, for those who write them by hand. */
final class ProtoSize {
  /** The most bytes of the length of anything that fits into an array. */
  static final int MAX_LENGTH_SIZE = 5;

  private ProtoSize() {}

  /** The bytes of an unsigned 32-bit number. */
  static int varint32(int value) {
    int bits = 32 - Integer.numberOfLeadingZeros(value | 1);
    return (bits + 6) / 7;
  }

  /** The bytes of an unsigned 64-bit number. */
  static int varint64(long value) {
    int bits = 64 - Long.numberOfLeadingZeros(value | 1);
    return (bits + 6) / 7;
  }

  /** The bytes of a length-delimited field with a one-byte tag. */
  static int bytesField(int length) {
    return 1 + varint32(length) + length;
  }

  static int putVarint32(byte[] out, int at, int value) {
    int rest = value;
    int position = at;
    while ((rest & ~0x7f) != 0) {
      out[position++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[position++] = (byte) rest;
    return position;
  }

  static int putVarint64(byte[] out, int at, long value) {
    long rest = value;
    int position = at;
    while ((rest & ~0x7fL) != 0) {
      out[position++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[position++] = (byte) rest;
    return position;
  }

  static int putFixed32(byte[] out, int at, int value) {
    for (int i = 0; i < 4; i++) {
      out[at + i] = (byte) (value >>> (8 * i));
    }
    return at + 4;
  }

  static int putFixed64(byte[] out, int at, long value) {
    putFixed32(out, at, (int) value);
    return putFixed32(out, at + 4, (int) (value >>> 32));
  }

  /** Writes tag and length of a length-delimited field. */
  static int putPrefix(byte[] out, int at, int tag, int length) {
    return putVarint32(out, putVarint32(out, at, tag), length);
  }

  static int putBytes(byte[] out, int at, int tag, byte[] value, int offset, int length) {
    int position = putPrefix(out, at, tag, length);
    System.arraycopy(value, offset, out, position, length);
    return position + length;
  }
}
