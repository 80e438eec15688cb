package io.scribbler.record;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

/**
 * Decompresses bodies into one buffer that it keeps; never holds more than the announced raw size,
 * which the header's check has bounded.
 */
final class BodyDecoder implements AutoCloseable {
  private static final int ZSTD_MAGIC = 0xFD2FB528;
  private static final long UNKNOWN_SIZE = -1;
  private static final byte[] NOTHING = new byte[0];

  // Owned by the reader's thread.
  private ZstdDecompressCtx zstd;
  private GzipMember gzip;
  private byte[] buffer = NOTHING;

  /** Where the last decoded body lies: in the record itself if it wasn't compressed. */
  byte[] array = NOTHING;

  int offset;

  void decode(BlockView block, byte[] record) {
    switch (block.codec) {
      case NONE -> {
        array = record;
        offset = block.bodyOffset;
      }
      case ZSTD -> {
        offset = 0;
        array = zstd(record, block.bodyOffset, block.bodyLength, block.rawSize);
      }
      case GZIP -> {
        offset = 0;
        array = gzip(record, block.bodyOffset, block.bodyLength, block.rawSize);
      }
    }
  }

  private byte[] zstd(byte[] data, int from, int length, int rawSize) {
    checkFrame(data, from, length, rawSize);
    if (zstd == null) {
      zstd = new ZstdDecompressCtx();
    }
    byte[] out = room(rawSize);
    int size;
    try {
      size = zstd.decompressByteArray(out, 0, rawSize, data, from, length);
    } catch (ZstdException e) {
      if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
        throw new RecordFormatException(
            "raw_size does not match: the zstd frame holds more than " + rawSize + " bytes", e);
      }
      throw new RecordFormatException("the zstd frame is broken: " + e.getMessage(), e);
    }
    if (size != rawSize) {
      throw new RecordFormatException(
          "raw_size does not match: " + rawSize + " announced, the zstd frame holds " + size);
    }
    return out;
  }

  /** Refuses what isn't exactly one frame, before anything is allocated for it. */
  private static void checkFrame(byte[] data, int from, int length, int rawSize) {
    if (length < 4 || littleEndian(data, from) != ZSTD_MAGIC) {
      throw new RecordFormatException("the body is no zstd frame");
    }
    long frame;
    long size;
    try {
      frame = Zstd.findFrameCompressedSize(data, from, length);
      size = Zstd.getFrameContentSize(data, from, length);
    } catch (ZstdException e) {
      throw new RecordFormatException("the zstd frame is broken or cut short", e);
    }
    if (frame != length) {
      throw new RecordFormatException(
          "something after the zstd frame: " + (length - frame) + " bytes");
    }
    if (size != UNKNOWN_SIZE && size != rawSize) {
      throw new RecordFormatException(
          "raw_size does not match: "
              + rawSize
              + " announced, the zstd frame holds "
              + Long.toUnsignedString(size));
    }
  }

  private byte[] gzip(byte[] data, int from, int length, int rawSize) {
    if (gzip == null) {
      gzip = new GzipMember();
    }
    gzip.checkEnvelope(data, from, length, rawSize);
    byte[] out = room(rawSize + 1);
    gzip.inflate(data, from, length, out, rawSize);
    return out;
  }

  private byte[] room(int size) {
    if (buffer.length < size) {
      int doubled = Math.min(2 * buffer.length, Limits.MAX_RAW_SIZE + 1);
      buffer = new byte[Math.max(size, doubled)];
    }
    return buffer;
  }

  static int littleEndian(byte[] data, int at) {
    return (data[at] & 0xff)
        | ((data[at + 1] & 0xff) << 8)
        | ((data[at + 2] & 0xff) << 16)
        | ((data[at + 3] & 0xff) << 24);
  }

  void release() {
    close();
    buffer = NOTHING;
    array = NOTHING;
  }

  /** Lets go of native memory; what was decoded stays, and the next body begins anew. */
  @Override
  public void close() {
    if (zstd != null) {
      zstd.close();
      zstd = null;
    }
    if (gzip != null) {
      gzip.close();
      gzip = null;
    }
  }
}
