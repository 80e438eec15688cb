package io.scribbler.agent.spool;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The fixed beginning of an element, big-endian:
 *
 * <pre>
 *  0 magic       F5 53 43 45
 *  4 version     1
 *  8 length of the header that follows
 * 12 CRC32C of bytes 0-11 and 16 to the end of the header
 * 16 length of the data that follows the header
 * 20 CRC32C of the data
 * 24 index of the element in its segment
 * 28 offset of the element in its segment: bytes that only look like an element, since they are a
 *    part of some data or come from another file, say another one
 * </pre>
 */
record ElementPrefix(
    int headerLength, int headerCrc, int dataLength, int dataCrc, int index, int offset) {
  static final int SIZE = 32;
  static final int MAGIC = 0xF5534345;
  static final int VERSION = 1;
  static final int MAX_HEADER = 4 << 20;
  static final int MAX_DATA = (10 << 20) + (64 << 10);

  /** Bytes of the whole element, Tape's length left out. */
  int elementLength() {
    return SIZE + headerLength + dataLength;
  }

  /**
   * Reads one.
   *
   * @param from its bytes begin at {@code at}
   * @return null when it is none, or its lengths are out of bounds
   */
  static ElementPrefix read(ByteBuffer from, int at) {
    if (from.limit() - at < SIZE
        || from.getInt(at) != MAGIC
        || from.getInt(at + 4) != VERSION
        || from.getInt(at + 24) < 0) {
      return null;
    }
    ElementPrefix prefix =
        new ElementPrefix(
            from.getInt(at + 8),
            from.getInt(at + 12),
            from.getInt(at + 16),
            from.getInt(at + 20),
            from.getInt(at + 24),
            from.getInt(at + 28));
    boolean bounded =
        prefix.headerLength >= 0
            && prefix.headerLength <= MAX_HEADER
            && prefix.dataLength >= 0
            && prefix.dataLength <= MAX_DATA;
    return bounded ? prefix : null;
  }

  /** Writes all but the header's checksum, which {@link #checksum} tells afterwards. */
  void write(ByteBuffer to, int at) {
    to.putInt(at, MAGIC);
    to.putInt(at + 4, VERSION);
    to.putInt(at + 8, headerLength);
    to.putInt(at + 16, dataLength);
    to.putInt(at + 20, dataCrc);
    to.putInt(at + 24, index);
    to.putInt(at + 28, offset);
  }

  /** The checksum of a prefix and header that begin at {@code at}. */
  static int checksum(ByteBuffer bytes, int at, int headerLength) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(at, 12));
    crc.update(bytes.slice(at + 16, SIZE - 16 + headerLength));
    return (int) crc.getValue();
  }

  static int checksum(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, data.length);
    return (int) crc.getValue();
  }
}
