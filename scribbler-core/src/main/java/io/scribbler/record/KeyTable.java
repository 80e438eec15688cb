package io.scribbler.record;

import java.util.Arrays;

/**
 * The keys of an aggregate, each once, encoded as its table: open addressing over the encoded
 * bytes, so that a look-up allocates nothing. Above 65,536 different keys it stops looking and
 * repeats them.
 */
final class KeyTable {
  private static final int MIN_SLOTS = 64;
  private static final int MAX_KEYS = 1 << 16;

  // Owned by the builder's thread.
  private byte[] encoded = new byte[256];
  private int size;

  /** By index: where the key's bytes begin in {@code encoded}, and how many there are. */
  private int[] offsets = new int[MIN_SLOTS / 2];

  private int[] lengths = new int[MIN_SLOTS / 2];
  private int count;

  /** Index + 1 of the key that hashes here or before; 0 when free. A power of two long. */
  private int[] slots = new int[MIN_SLOTS];

  /** Bytes of the encoded table. */
  int size() {
    return size;
  }

  /** The index of this key, which is added if it is new. */
  int index(byte[] key) {
    if (count >= MAX_KEYS) {
      append(key);
      return count++;
    }
    int slot = spread(Arrays.hashCode(key)) & (slots.length - 1);
    while (slots[slot] != 0) {
      int index = slots[slot] - 1;
      int from = offsets[index];
      if (Arrays.equals(encoded, from, from + lengths[index], key, 0, key.length)) {
        return index;
      }
      slot = slot + 1 & (slots.length - 1);
    }
    int start = append(key);
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * count);
      lengths = Arrays.copyOf(lengths, 2 * count);
    }
    offsets[count] = start;
    lengths[count] = key.length;
    slots[slot] = ++count;
    if (2 * count > slots.length) {
      grow();
    }
    return count - 1;
  }

  private int append(byte[] key) {
    int needed = Math.addExact(size, ProtoSize.bytesField(key.length));
    if (needed > encoded.length) {
      int doubled = (int) Math.min(2L * encoded.length, Integer.MAX_VALUE - 8);
      encoded = Arrays.copyOf(encoded, Math.max(needed, doubled));
    }
    size = ProtoSize.putBytes(encoded, size, KplCursor.PARTITION_KEY, key, 0, key.length);
    return size - key.length;
  }

  private void grow() {
    slots = new int[2 * slots.length];
    for (int index = 0; index < count; index++) {
      int slot = spread(hash(offsets[index], lengths[index])) & (slots.length - 1);
      while (slots[slot] != 0) {
        slot = slot + 1 & (slots.length - 1);
      }
      slots[slot] = index + 1;
    }
  }

  /** The same as {@link Arrays#hashCode(byte[])} of those bytes. */
  private int hash(int from, int length) {
    int hash = 1;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + encoded[i];
    }
    return hash;
  }

  private static int spread(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 16);
  }

  int copyTo(byte[] out, int at) {
    System.arraycopy(encoded, 0, out, at, size);
    return at + size;
  }

  /** Empties it and keeps its arrays. */
  void clear() {
    Arrays.fill(slots, 0);
    count = 0;
    size = 0;
  }
}
