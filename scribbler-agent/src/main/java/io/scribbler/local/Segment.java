package io.scribbler.local;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A run of a shard's records, oldest first, and the unit in which they are forgotten. Owned by the
 * loop thread.
 *
 * <pre>
 * entry:   0  4  length of key and data together
 *          4  4  CRC32C of all that follows
 *          8  8  arrival, milliseconds since 1970
 *         16  2  length k of the key
 *         18  k  partition key, UTF-8
 *       18+k     data
 * </pre>
 */
abstract class Segment {
  static final int HEADER = 18;
  static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final long first;
  private int[] ends = new int[16];
  private long[] arrivals = new long[16];
  private int count;

  Segment(long first) {
    this.first = first;
  }

  /** A record as it is read back. */
  record Entry(long position, long arrivalMillis, ByteBuffer key, ByteBuffer data) {}

  /** Whether an entry of this size still fits. */
  abstract boolean fits(int bytes);

  abstract void write(int at, ByteBuffer head, ByteBuffer data);

  /** Bytes of the segment, in a buffer with an array. */
  abstract ByteBuffer read(int at, int length);

  /** Forgets the segment for good. */
  abstract void delete();

  /** Lets go of what the segment holds open; its records stay on disk where there is one. */
  abstract void close();

  /** Bytes of memory without the index. */
  abstract long dataMemory();

  /** Bytes on disk. */
  abstract long diskBytes();

  final void append(long arrivalMillis, byte[] key, ByteBuffer data) {
    ByteBuffer head = ByteBuffer.allocate(HEADER + key.length);
    head.putInt(key.length + data.remaining())
        .putInt(0)
        .putLong(arrivalMillis)
        .putShort((short) key.length)
        .put(key);
    head.flip();
    head.putInt(4, checksum(head.duplicate().position(8), data));
    int size = head.remaining() + data.remaining();
    write(end(), head, data.duplicate());
    index(arrivalMillis, size);
  }

  /** The checksum of an entry, given in two parts without its first eight bytes. */
  static int checksum(ByteBuffer one, ByteBuffer two) {
    CRC32C crc = new CRC32C();
    crc.update(one.duplicate());
    crc.update(two.duplicate());
    return (int) crc.getValue();
  }

  /** Adds an entry that is already in place. */
  final void index(long arrivalMillis, int size) {
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, count * 2);
      arrivals = Arrays.copyOf(arrivals, count * 2);
    }
    ends[count] = end() + size;
    arrivals[count] = arrivalMillis;
    count++;
  }

  final Entry get(long position) {
    int i = (int) (position - first);
    int start = i == 0 ? 0 : ends[i - 1];
    ByteBuffer bytes = read(start, ends[i] - start);
    int from = bytes.position();
    int key = bytes.getShort(from + 16) & 0xffff;
    return new Entry(
        position,
        arrivals[i],
        slice(bytes, from + HEADER, key),
        slice(bytes, from + HEADER + key, bytes.limit() - from - HEADER - key));
  }

  private static ByteBuffer slice(ByteBuffer bytes, int from, int length) {
    return bytes.slice(from, length);
  }

  /** Bytes of key and data of a record. */
  final int size(long position) {
    int i = (int) (position - first);
    return ends[i] - (i == 0 ? 0 : ends[i - 1]) - HEADER;
  }

  final long arrival(long position) {
    return arrivals[(int) (position - first)];
  }

  /** When the last record arrived, or the earliest time there is without one. */
  final long lastArrival() {
    return count == 0 ? Long.MIN_VALUE : arrivals[count - 1];
  }

  final long first() {
    return first;
  }

  /** One past the last record's position. */
  final long next() {
    return first + count;
  }

  final int end() {
    return count == 0 ? 0 : ends[count - 1];
  }

  final long memoryBytes() {
    return dataMemory() + ends.length * 12L + 100;
  }
}
