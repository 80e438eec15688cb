package io.scribbler.local;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A segment in a file. What was written outlives the process, also a killed one, but is not forced
 * to the disk.
 */
final class FileSegment extends Segment {
  private static final int CAPACITY = 64 << 20;

  private final Path path;
  private final FileChannel file;

  private FileSegment(Path path, long first) throws IOException {
    super(first);
    this.path = path;
    this.file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Opens a segment, new or old; of an old one's last entries those that are torn are cut off. */
  static FileSegment open(Path path, long first, boolean mayBeTorn) throws IOException {
    FileSegment segment = new FileSegment(path, first);
    segment.recover(mayBeTorn);
    return segment;
  }

  private void recover(boolean mayBeTorn) throws IOException {
    long size = file.size();
    ByteBuffer head = ByteBuffer.allocate(HEADER);
    while (end() < size) {
      long left = size - end();
      int length = -1;
      if (left >= HEADER) {
        readFully(head.clear(), end());
        length = head.getInt(0);
      }
      boolean whole = length >= 0 && length <= left - HEADER;
      if (whole && mayBeTorn) {
        whole = isIntact(bytes(end(), HEADER + length));
      }
      if (!whole && !mayBeTorn) {
        throw new IOException(path + " is damaged at byte " + end() + ": move its stream away");
      }
      if (!whole) {
        file.truncate(end());
        return;
      }
      index(head.getLong(8), HEADER + length);
    }
  }

  @Override
  boolean fits(int bytes) {
    return end() == 0 || end() + bytes <= CAPACITY;
  }

  @Override
  void write(int at, ByteBuffer head, ByteBuffer data) {
    try {
      file.position(at);
      ByteBuffer[] both = {head, data};
      while (data.hasRemaining() || head.hasRemaining()) {
        file.write(both);
      }
    } catch (IOException e) {
      throw undo(at, e);
    }
  }

  private UncheckedIOException undo(int at, IOException cause) {
    try {
      file.truncate(at);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return new UncheckedIOException("Can't write to " + path + ": " + cause.getMessage(), cause);
  }

  @Override
  ByteBuffer read(int at, int length) {
    ByteBuffer entry;
    try {
      entry = bytes(at, length);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read " + path + ": " + e.getMessage(), e);
    }
    if (!isIntact(entry)) {
      throw new UncheckedIOException(new IOException(path + " is damaged at byte " + at));
    }
    return entry;
  }

  private ByteBuffer bytes(int at, int length) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(length);
    readFully(entry, at);
    return entry.flip();
  }

  private static boolean isIntact(ByteBuffer entry) {
    int key = entry.getShort(16) & 0xffff;
    return key <= entry.remaining() - HEADER
        && entry.getInt(4) == checksum(entry.duplicate().position(8), NOTHING);
  }

  private void readFully(ByteBuffer to, int at) throws IOException {
    while (to.hasRemaining()) {
      if (file.read(to, at + to.position()) < 0) {
        throw new EOFException(path + " is shorter than it was");
      }
    }
  }

  @Override
  void delete() {
    close();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't delete " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Can't close " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  long dataMemory() {
    return 0;
  }

  @Override
  long diskBytes() {
    return end();
  }
}
