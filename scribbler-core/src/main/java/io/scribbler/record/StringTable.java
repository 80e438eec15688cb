package io.scribbler.record;

import java.util.Arrays;

/**
 * Where the strings of an aggregate's table lie in it. A string takes two bytes of the aggregate at
 * least and four bytes here, so its size is bounded by the record's. The last one asked for is kept
 * decoded, since messages of one key follow each other.
 */
final class StringTable {
  private static final int[] NOTHING = new int[0];

  // Owned by the reader's thread.
  private final ProtoCursor in = new ProtoCursor();
  private int[] offsets = NOTHING;
  private int size;
  private int lastIndex = -1;
  private String last;

  void clear() {
    size = 0;
    lastIndex = -1;
  }

  void release() {
    clear();
    offsets = NOTHING;
    last = null;
  }

  int size() {
    return size;
  }

  /** Takes the string at the cursor, which stands on its length, and moves the cursor past it. */
  void add(ProtoCursor at) {
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, Math.max(16, 2 * size));
    }
    offsets[size++] = at.position();
    at.advance(at.length());
  }

  String get(byte[] data, int index) {
    if (index != lastIndex) {
      in.reset(data, offsets[index], data.length);
      int length = in.length();
      last = Utf8.decode(data, in.position(), length);
      lastIndex = index;
    }
    return last;
  }
}
