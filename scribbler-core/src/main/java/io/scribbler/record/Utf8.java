package io.scribbler.record;

import java.nio.charset.StandardCharsets;

/** UTF-8 as protobuf's strings demand it: no surrogates, nothing overlong. */
final class Utf8 {
  private Utf8() {}

  static String decode(byte[] data, int offset, int length) {
    return length == 0 ? "" : new String(data, offset, length, StandardCharsets.UTF_8);
  }

  /** Refuses bytes that are no UTF-8; {@code what} names them in the error. */
  static void check(byte[] data, int offset, int length, String what) {
    int i = offset;
    int end = offset + length;
    while (i < end) {
      if (data[i] >= 0) {
        i++;
        continue;
      }
      int size = sequenceSize(data, i, end);
      if (size == 0) {
        throw new RecordFormatException("the " + what + " is no UTF-8");
      }
      i += size;
    }
  }

  /** Bytes of the character of more than one byte that begins at {@code i}; 0 if it is none. */
  private static int sequenceSize(byte[] data, int i, int end) {
    int first = data[i] & 0xff;
    int size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || size > end - i) {
      return 0;
    }
    for (int k = 1; k < size; k++) {
      if ((data[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int second = data[i + 1] & 0xff;
    boolean wrong =
        (first == 0xe0 && second < 0xa0) // overlong
            || (first == 0xed && second > 0x9f) // surrogate
            || (first == 0xf0 && second < 0x90) // overlong
            || (first == 0xf4 && second > 0x8f); // above U+10FFFF
    return wrong ? 0 : size;
  }
}
