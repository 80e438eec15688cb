package io.scribbler.agent.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Which elements of a segment are done, in a file beside it: a header of 8 bytes (magic, version),
 * then for each done element its index and the CRC32C of that, 4 bytes each. What is not an intact
 * entry is no entry. Marks are not forced to the disk: one that is lost costs a second delivery.
 * Owned by one thread.
 */
final class DoneMarks implements Closeable {
  private static final int MAGIC = 0xF553444E;
  private static final int VERSION = 1;
  private static final int HEADER = 8;
  private static final int ENTRY = 8;

  private final int elements; // more than the segment can hold

  // Owned by the thread that owns the segment.
  private Path path;
  private final BitSet done = new BitSet();
  private FileChannel file; // null until the first mark
  private long end; // behind the last whole entry; 0 when there is no file of ours yet

  private DoneMarks(Path path, int elements) {
    this.path = path;
    this.elements = elements;
  }

  /** Marks of a new segment; there is no file until the first one. */
  static DoneMarks create(Path path, int elements) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(path + " exists, of a segment that doesn't; move it away");
    }
    return new DoneMarks(path, elements);
  }

  /** Reads the marks of a segment. Without a file, or with one that isn't ours, nothing is done. */
  static DoneMarks open(Path path, int elements) throws IOException {
    DoneMarks marks = new DoneMarks(path, elements);
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      Directories.requireFile(path);
    }
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      marks.load(file);
    } catch (NoSuchFileException e) {
      return marks; // nothing is done yet
    }
    return marks;
  }

  private void load(FileChannel from) throws IOException {
    long size = from.size();
    if (size < HEADER || size > HEADER + (long) ENTRY * (elements + 1L)) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(size, 64 << 10));
    from.read(bytes.limit(HEADER), 0);
    if (bytes.position() < HEADER || bytes.getInt(0) != MAGIC || bytes.getInt(4) != VERSION) {
      return;
    }
    end = HEADER;
    while (from.read(bytes.clear(), end) >= ENTRY) {
      bytes.flip();
      while (bytes.remaining() >= ENTRY) {
        int index = bytes.getInt();
        int crc = bytes.getInt();
        if (crc == checksum(index) && index >= 0 && index < elements) {
          done.set(index);
        }
        end += ENTRY;
      }
    }
  }

  boolean isDone(int index) {
    return done.get(index);
  }

  int count() {
    return done.cardinality();
  }

  /** Bytes of the file. */
  long bytes() {
    return end;
  }

  /**
   * Marks an element as done.
   *
   * @throws IOException if it could not be written; it is done for this process all the same
   */
  void mark(int index) throws IOException {
    if (done.get(index)) {
      return;
    }
    done.set(index);
    if (file == null) {
      file =
          FileChannel.open(
              path,
              Set.of(
                  StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
              Directories.FILE_MODE);
    }
    if (end == 0) {
      file.truncate(0);
      write(ByteBuffer.allocate(HEADER).putInt(0, MAGIC).putInt(4, VERSION), 0);
      end = HEADER;
    }
    write(ByteBuffer.allocate(ENTRY).putInt(0, index).putInt(4, checksum(index)), end);
    end += ENTRY;
  }

  /** Moves the file, if there is one, beside a segment that was moved. */
  void moveTo(Path target) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(path, target);
    }
    path = target;
  }

  /** Closes and deletes the file. */
  void delete() throws IOException {
    close();
    Files.deleteIfExists(path);
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes, at + bytes.position());
    }
  }

  private static int checksum(int index) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, index));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
  }
}
