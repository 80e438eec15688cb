package io.scribbler.agent.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Reads elements at given places of a segment's file, and nothing it has not checked: a length is
 * compared with its bound and with the file before anything is allocated for it. The descriptor
 * stays open, so that a file that was deleted can still be read. Owned by one thread.
 */
final class SegmentReader implements Closeable {
  /** An element whose prefix and header are intact; Tape's own length may still differ. */
  record Found(Slot slot, ElementPrefix prefix, ElementHeader header, int tapeLength) {
    boolean tapeAgrees() {
      return tapeLength == prefix.elementLength();
    }
  }

  private static final int FIRST_READ = 4096;

  // The JDK keeps a direct buffer of the size of the largest read for each thread.
  private static final int LARGEST_READ = 256 << 10;

  private final Path path;
  private final FileChannel file;

  // Owned by the reading thread; large enough for the largest header so far.
  private ByteBuffer scratch = ByteBuffer.allocate(FIRST_READ);

  SegmentReader(Path path) throws IOException {
    Directories.requireFile(path);
    this.path = path;
    this.file = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  }

  long size() throws IOException {
    return file.size();
  }

  /** Tape's header; null when it can't be ours. */
  TapeHeader tapeHeader() throws IOException {
    return TapeHeader.read(readAt(0, TapeHeader.SIZE));
  }

  /**
   * The element that begins here.
   *
   * @return null when there is none, its header is damaged, or the file ends before it does
   */
  Found find(long at) throws IOException {
    long size = size();
    if (at < TapeHeader.SIZE || size - at < Integer.BYTES + ElementPrefix.SIZE) {
      return null;
    }
    ByteBuffer bytes = readAt(at, FIRST_READ);
    ElementPrefix prefix = ElementPrefix.read(bytes, Integer.BYTES);
    if (prefix == null
        || prefix.offset() != at
        || prefix.elementLength() > size - at - Integer.BYTES) {
      return null;
    }
    int headerEnd = Integer.BYTES + ElementPrefix.SIZE + prefix.headerLength();
    if (bytes.limit() < headerEnd) {
      bytes = readAt(at, headerEnd);
    }
    if (bytes.limit() < headerEnd
        || ElementPrefix.checksum(bytes, Integer.BYTES, prefix.headerLength())
            != prefix.headerCrc()) {
      return null;
    }
    int fields = Integer.BYTES + ElementPrefix.SIZE;
    ElementHeader header;
    try {
      header = ElementCodec.decodeHeader(bytes.slice(fields, prefix.headerLength()));
    } catch (CorruptElementException e) {
      return null; // the same as a wrong checksum: nothing that can be sent
    }
    Slot slot =
        new Slot(
            prefix.index(),
            prefix.offset(),
            Integer.BYTES + prefix.elementLength(),
            prefix.dataLength());
    return new Found(slot, prefix, header, bytes.getInt(0));
  }

  /**
   * The element that begins here, whole.
   *
   * @throws CorruptElementException if it is not what was written
   */
  Element read(long at) throws IOException {
    Found found = find(at);
    if (found == null) {
      throw new CorruptElementException(path + ": no intact element at byte " + at);
    }
    byte[] data = new byte[found.prefix().dataLength()];
    if (!fill(ByteBuffer.wrap(data), found.slot().end() - data.length)
        || ElementPrefix.checksum(data) != found.prefix().dataCrc()) {
      throw new CorruptElementException(path + ": damaged data of the element at byte " + at);
    }
    return new Element(found.header(), data);
  }

  /** Whether the data of an element is what was written. */
  boolean dataIntact(Found found) throws IOException {
    CRC32C crc = new CRC32C();
    long at = (long) found.slot().end() - found.prefix().dataLength();
    while (at < found.slot().end()) {
      ByteBuffer part = readAt(at, (int) Math.min(LARGEST_READ, found.slot().end() - at));
      if (!part.hasRemaining()) {
        return false;
      }
      at += part.remaining();
      crc.update(part);
    }
    return (int) crc.getValue() == found.prefix().dataCrc();
  }

  /** At most so many bytes from here on, fewer where the file ends; valid until the next read. */
  private ByteBuffer readAt(long at, int length) throws IOException {
    if (scratch.capacity() < length) {
      scratch = ByteBuffer.allocate(length);
    }
    scratch.clear().limit(length);
    fill(scratch, at);
    return scratch.flip();
  }

  /**
   * Fills a buffer from here on.
   *
   * @return false when the file ended before
   */
  boolean fill(ByteBuffer to, long at) throws IOException {
    int limit = to.limit();
    long next = at;
    while (to.position() < limit) {
      to.limit(Math.min(limit, to.position() + LARGEST_READ));
      int read = file.read(to, next);
      to.limit(limit);
      if (read < 0) {
        return false;
      }
      next += read;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
