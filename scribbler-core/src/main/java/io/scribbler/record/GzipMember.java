package io.scribbler.record;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates bodies that are exactly one gzip member (RFC 1952), nothing after it.
 *
 * <pre>
 *   0     2    3       4       8     9    10
 *   +-----+----+-------+-------+-----+----+----------------------+---------+-------+-------+
 *   |1F 8B| 08 | flags | mtime | xfl | os | extra? name? ...     | deflate | crc32 | isize |
 *   +-----+----+-------+-------+-----+----+----------------------+---------+-------+-------+
 *                                                                           4 bytes 4 bytes
 * </pre>
 */
final class GzipMember implements AutoCloseable {
  private static final int HEADER_SIZE = 10;
  private static final int TRAILER_SIZE = 8;
  private static final int FLAG_HEADER_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;
  private static final int RESERVED_FLAGS = 0xe0;

  // Owned by the reader's thread.
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();

  /** Refuses what can't be a member of {@code rawSize} bytes, before anything is allocated. */
  void checkEnvelope(byte[] data, int from, int length, int rawSize) {
    if (length < HEADER_SIZE + TRAILER_SIZE
        || (data[from] & 0xff) != 0x1f
        || (data[from + 1] & 0xff) != 0x8b
        || data[from + 2] != 8
        || (data[from + 3] & RESERVED_FLAGS) != 0) {
      throw new RecordFormatException("the body is no gzip member");
    }
    int size = BodyDecoder.littleEndian(data, from + length - 4);
    if (size != rawSize) {
      throw new RecordFormatException(
          "raw_size does not match: "
              + rawSize
              + " announced, the gzip member ends with "
              + Integer.toUnsignedString(size));
    }
  }

  /** Inflates into the first {@code rawSize} bytes of {@code out}, which has room for one more. */
  void inflate(byte[] data, int from, int length, byte[] out, int rawSize) {
    int body = from + headerSize(data, from, length);
    int end = from + length;
    inflater.reset();
    inflater.setInput(data, body, end - body);
    int size = 0;
    try {
      while (!inflater.finished() && size <= rawSize) {
        int more = inflater.inflate(out, size, rawSize + 1 - size);
        if (more == 0 && !inflater.finished()) {
          throw new RecordFormatException("the gzip member is broken or cut short");
        }
        size += more;
      }
    } catch (DataFormatException e) {
      throw new RecordFormatException("the gzip member is broken: " + e.getMessage(), e);
    }
    if (size != rawSize) {
      throw new RecordFormatException(
          "raw_size does not match: "
              + rawSize
              + " announced, the gzip member holds "
              + (size > rawSize ? "more" : size));
    }
    int left = inflater.getRemaining();
    if (left != TRAILER_SIZE) {
      throw new RecordFormatException(
          left < TRAILER_SIZE
              ? "the gzip member is cut short"
              : "something after the gzip member: " + (left - TRAILER_SIZE) + " bytes");
    }
    crc.reset();
    crc.update(out, 0, rawSize);
    if ((int) crc.getValue() != BodyDecoder.littleEndian(data, end - TRAILER_SIZE)) {
      throw new RecordFormatException("the checksum of the gzip member does not match");
    }
  }

  private static int headerSize(byte[] data, int from, int length) {
    int flags = data[from + 3];
    int at = from + HEADER_SIZE;
    int end = from + length - TRAILER_SIZE;
    if ((flags & FLAG_EXTRA) != 0) {
      at = end - at < 2 ? end + 1 : at + 2 + ((data[at] & 0xff) | ((data[at + 1] & 0xff) << 8));
    }
    if ((flags & FLAG_NAME) != 0) {
      at = afterZero(data, at, end);
    }
    if ((flags & FLAG_COMMENT) != 0) {
      at = afterZero(data, at, end);
    }
    if ((flags & FLAG_HEADER_CRC) != 0) {
      at += 2;
    }
    if (at > end) {
      throw new RecordFormatException("the header of the gzip member is cut short");
    }
    return at - from;
  }

  private static int afterZero(byte[] data, int from, int end) {
    int at = from;
    while (at < end && data[at] != 0) {
      at++;
    }
    return at + 1;
  }

  @Override
  public void close() {
    inflater.end();
  }
}
