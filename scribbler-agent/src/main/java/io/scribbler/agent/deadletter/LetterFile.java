package io.scribbler.agent.deadletter;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Set;

/**
 * The file of one day's letters. Written in rounds: {@link #begin}, {@link #append} as often as
 * there is something, {@link #commit}. In a round the file is locked, since agents of the same name
 * share it and a redrive takes it away; a round begins at the end that the last one left, whoever
 * wrote it. One thread's.
 */
final class LetterFile implements Closeable {
  private static final int BUFFER = 64 << 10;

  /** All files together are as large as they may be. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(long maxBytes) {
      super("its files have reached " + maxBytes + " bytes");
    }
  }

  private final Path dir;
  private final String producer;
  private final long maxBytes;
  private final LetterJson json = new LetterJson();

  private Path path;
  private FileChannel file; // null while none is open
  private Object key; // of the open file
  private FileLock lock; // null between rounds
  private Instant now; // of the round
  private long others; // bytes of all other files
  private long committed; // where the round began
  private long end; // behind what was appended wholly

  LetterFile(Path dir, String producer, long maxBytes) {
    this.dir = dir;
    this.producer = producer;
    this.maxBytes = maxBytes;
  }

  /** Opens and locks the file of the day; waits while another process writes. */
  void begin(Instant at) throws IOException {
    now = at;
    Path today = dir.resolve(producer + "-" + LocalDate.ofInstant(at, ZoneOffset.UTC) + ".jsonl");
    if (file == null || !today.equals(path)) {
      open(today);
    }
    lock();
    if (!Objects.equals(key, key(path))) {
      open(today); // it was moved away
      lock();
    }
    committed = file.size();
    end = committed;
    endTornLine();
    others = sizeOfAll() - file.size();
  }

  private void open(Path today) throws IOException {
    close();
    Files.createDirectories(
        dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    path = today;
    file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    key = key(path);
    // A new file's name is on the disk only when its directory is.
    try (FileChannel directory = FileChannel.open(dir, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private void lock() throws IOException {
    try {
      lock = file.lock();
    } catch (OverlappingFileLockException e) {
      throw new IOException(path + " is in use by this process", e);
    }
  }

  private static Object key(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** A crash may have left the last line without its end. */
  private void endTornLine() throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    if (end > 0 && file.read(last, end - 1) == 1 && last.get(0) != '\n') {
      end += writeFully(ByteBuffer.wrap(new byte[] {'\n'}), end);
    }
  }

  private int writeFully(ByteBuffer bytes, long at) throws IOException {
    int from = bytes.position();
    while (bytes.hasRemaining()) {
      file.write(bytes, at + bytes.position() - from);
    }
    return bytes.position() - from;
  }

  /** All letters or none: of what could not be written wholly nothing stays. */
  void append(Letters letters) throws IOException {
    Appender to = new Appender(end);
    try {
      OutputStream buffered = new BufferedOutputStream(to, BUFFER);
      letters.tell(letter -> json.write(letter, now, buffered));
      buffered.flush();
      end = to.at;
    } catch (IOException e) {
      cutTo(end, e);
      throw e;
    }
  }

  /** Returns when all that was appended is on the disk, and lets others write. */
  void commit() throws IOException {
    if (lock == null) {
      return;
    }
    try {
      if (end > committed) {
        file.force(false);
      }
      lock.release();
      lock = null;
    } catch (IOException e) {
      cutTo(committed, e);
      abandon(e);
      throw e;
    }
  }

  /** What was appended since {@link #begin} may not be on the disk: it is to be told again. */
  private void abandon(IOException cause) {
    try {
      close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private void cutTo(long size, IOException cause) {
    try {
      file.truncate(size);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private long sizeOfAll() throws IOException {
    long size = 0;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(dir, each -> !LetterFiles.isRedriven(each))) {
      for (Path each : files) {
        size += sizeIfThere(each);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return size;
  }

  private static long sizeIfThere(Path path) throws IOException {
    try {
      return Files.size(path);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  @Override
  public void close() throws IOException {
    FileChannel closing = file;
    file = null;
    lock = null;
    if (closing != null) {
      closing.close();
    }
  }

  /** Writes behind the last whole letters. */
  private final class Appender extends OutputStream {
    private long at;

    Appender(long from) {
      at = from;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      if (others + at + length > maxBytes) {
        throw new TooLargeException(maxBytes);
      }
      at += writeFully(ByteBuffer.wrap(from, offset, length), at);
    }
  }
}
