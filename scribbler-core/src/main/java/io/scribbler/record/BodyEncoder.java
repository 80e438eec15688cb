package io.scribbler.record;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses bodies, each to one zstd frame or gzip member, into a scratch buffer that it keeps.
 */
abstract class BodyEncoder implements AutoCloseable {
  private static final int MIN_ZSTD_LEVEL = -7;

  // Where the last encoded body lies, until the next one; owned by the encoder's thread.
  byte[] array = new byte[0];
  int offset;
  int length;

  static BodyEncoder of(Codec codec, int level) {
    return switch (codec) {
      case NONE -> new AsIs();
      case ZSTD -> new ZstdFrame(level);
      case GZIP -> new Gzip(level);
    };
  }

  abstract void encode(byte[] raw, int from, int size);

  @Override
  public void close() {}

  /** Grows {@link #array} to {@code size} bytes at least; what is in it is lost. */
  final void room(long size) {
    if (array.length < size) {
      array = new byte[Math.toIntExact(size)];
    }
  }

  private static int checkLevel(String codec, int level, int min, int max) {
    if (level < min || level > max) {
      throw new IllegalArgumentException(
          codec + " has no level " + level + ", only " + min + " to " + max);
    }
    return level;
  }

  private static final class AsIs extends BodyEncoder {
    @Override
    void encode(byte[] raw, int from, int size) {
      array = raw;
      offset = from;
      length = size;
    }
  }

  /** The frame says its content's size and has no checksum of its own: the block has one. */
  private static final class ZstdFrame extends BodyEncoder {
    private final ZstdCompressCtx zstd;

    ZstdFrame(int level) {
      int checked = checkLevel("zstd", level, MIN_ZSTD_LEVEL, Zstd.maxCompressionLevel());
      zstd = new ZstdCompressCtx().setLevel(checked);
    }

    @Override
    void encode(byte[] raw, int from, int size) {
      room(Zstd.compressBound(size));
      length = zstd.compressByteArray(array, 0, array.length, raw, from, size);
    }

    @Override
    public void close() {
      zstd.close();
    }
  }

  /** The header has no time and no name, so that equal messages give equal bytes. */
  private static final class Gzip extends BodyEncoder {
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final int TRAILER_SIZE = 8;

    private final Deflater deflater;
    private final CRC32 crc = new CRC32();

    Gzip(int level) {
      deflater = new Deflater(checkLevel("gzip", level, 0, 9), true);
    }

    @Override
    void encode(byte[] raw, int from, int size) {
      room(bound(size));
      System.arraycopy(HEADER, 0, array, 0, HEADER.length);
      deflater.reset();
      deflater.setInput(raw, from, size);
      deflater.finish();
      int at = HEADER.length;
      while (!deflater.finished()) {
        at += deflater.deflate(array, at, array.length - TRAILER_SIZE - at);
      }
      crc.reset();
      crc.update(raw, from, size);
      at = ProtoSize.putFixed32(array, at, (int) crc.getValue());
      length = ProtoSize.putFixed32(array, at, size);
    }

    /** Above what zlib names as the most that deflate can give for so many bytes. */
    private static long bound(int size) {
      return HEADER.length + TRAILER_SIZE + 64L + size + (size >> 8);
    }

    @Override
    public void close() {
      deflater.end();
    }
  }
}
