package io.scribbler.consumer;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbered files of a directory, to which letters are appended in rounds. Nothing is open
 * between two rounds, so files may be moved away then; in a round the file is locked, since several
 * processes may share the directory. Any thread; one round of a directory at a time in a process.
 */
final class LetterFolder {
  private static final Pattern NAME = Pattern.compile("dead-letters-(\\d{6,9})\\.jsonl");
  private static final int BUFFER = 64 << 10;

  /** By directory: POSIX drops a file's lock when any descriptor of it is closed. */
  private static final ConcurrentMap<Path, Object> ROUNDS = new ConcurrentHashMap<>();

  private final Path directory;
  private final long fileBytes;
  private final long totalBytes;
  private final Object round;
  private final LetterJson json = new LetterJson(); // of whose round it is

  /** The files of a directory, which is made if it is missing. */
  LetterFolder(Path directory, long fileBytes, long totalBytes) throws IOException {
    this.directory = directory;
    this.fileBytes = fileBytes;
    this.totalBytes = totalBytes;
    make();
    round = ROUNDS.computeIfAbsent(directory.toRealPath(), d -> new Object());
  }

  private void make() throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /**
   * Appends letters. When it returns, each is on the disk or has failed alone.
   *
   * @throws IOException if none of them is kept
   */
  void append(List<PendingLetter> letters) throws IOException {
    synchronized (round) {
      make();
      while (!appendTo(current(), letters)) {
        // The file was moved away before it could be locked: the next one is looked for.
      }
    }
  }

  /** The file that takes letters; made if there is none. */
  private Path current() throws IOException {
    int number = 1;
    long size = 0;
    long total = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path each : files) {
        Matcher name = NAME.matcher(each.getFileName().toString());
        if (name.matches()) {
          long bytes = attributes(each).map(BasicFileAttributes::size).orElse(0L);
          total += bytes;
          int found = Integer.parseInt(name.group(1));
          if (found >= number) {
            number = found;
            size = bytes;
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    if (total >= totalBytes) {
      throw new IOException(
          "its files have reached " + totalBytes + " bytes; look into them, then move them away");
    }
    Path file =
        directory.resolve(
            String.format("dead-letters-%06d.jsonl", size < fileBytes ? number : number + 1));
    create(file);
    return file;
  }

  private void create(Path file) throws IOException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      return;
    }
    // A new file's name is on the disk only when its directory is.
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  private static Optional<BasicFileAttributes> attributes(Path file) throws IOException {
    try {
      return Optional.of(Files.readAttributes(file, BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Object key(Path file) throws IOException {
    return attributes(file).map(BasicFileAttributes::fileKey).orElse(null);
  }

  /** Whether the file was still there when it was locked. */
  private boolean appendTo(Path path, List<PendingLetter> letters) throws IOException {
    Object key = key(path);
    if (key == null) {
      return false;
    }
    // Not a channel, which an interrupt would close in the middle of a line.
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        FileLock lock = file.getChannel().lock()) {
      if (!lock.isValid() || !Objects.equals(key, key(path))) {
        return false;
      }
      long begin = file.length();
      try {
        endTornLine(file);
        Instant now = Instant.now();
        for (PendingLetter each : letters) {
          append(each, now, file);
        }
        file.getFD().sync();
      } catch (IOException e) {
        cut(file, begin, e);
        throw e;
      }
      return true;
    }
  }

  /** A crash may have left the last line without its end. */
  private static void endTornLine(RandomAccessFile file) throws IOException {
    long end = file.length();
    if (end > 0) {
      file.seek(end - 1);
      if (file.read() != '\n') {
        file.write('\n'); // behind what was read
      }
    }
  }

  /** One letter that can't be written fails alone; nothing of it stays. */
  private void append(PendingLetter letter, Instant now, RandomAccessFile file) throws IOException {
    long before = file.getFilePointer();
    try {
      OutputStream line = new BufferedOutputStream(new Appender(file), BUFFER);
      json.write(letter.letter(), now, line);
      line.flush();
    } catch (IOException | RuntimeException e) {
      letter.fail(e);
      file.setLength(before);
      file.seek(before);
    }
  }

  private static void cut(RandomAccessFile file, long size, IOException cause) {
    try {
      file.setLength(size);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static final class Appender extends OutputStream {
    private final RandomAccessFile file;

    Appender(RandomAccessFile file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      file.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      file.write(bytes, offset, length);
    }
  }
}
