package io.scribbler.agent.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Whose folder it is, in its file {@code destination}: lines of {@code name=value}. A folder
 * without that file was never finished.
 *
 * @param epoch of the life that made the folder, an unsigned number
 * @param user name of the user that made it
 * @param pid of the process that made it
 */
record FolderCard(Destination destination, String producer, long epoch, String user, long pid) {
  private static final int MAX_BYTES = 32 << 10;

  FolderCard {
    Objects.requireNonNull(destination, "destination");
    Objects.requireNonNull(user, "user");
    if (producer.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("a producer's name with control characters");
    }
  }

  void write(Path path) throws IOException {
    String text =
        "stream=%s%nregion=%s%nendpoint=%s%nproducer=%s%nepoch=%s%nuser=%s%npid=%d%n"
            .formatted(
                destination.stream(),
                destination.region(),
                destination.endpoint(),
                producer,
                Long.toUnsignedString(epoch),
                user,
                pid);
    Path unfinished = path.resolveSibling(path.getFileName() + ".new");
    try (FileChannel file =
        FileChannel.open(
            unfinished,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            Directories.FILE_MODE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Reads one.
   *
   * @throws CorruptElementException if it isn't what was written
   */
  static FolderCard read(Path path) throws IOException {
    Directories.requireFile(path);
    ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      int read = 0;
      while (read >= 0 && bytes.hasRemaining()) {
        read = file.read(bytes);
      }
    }
    Map<String, String> values = new HashMap<>();
    for (String line :
        new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    try {
      return new FolderCard(
          new Destination(
              value(values, "stream"), value(values, "region"), value(values, "endpoint")),
          value(values, "producer"),
          Long.parseUnsignedLong(value(values, "epoch")),
          value(values, "user"),
          Long.parseLong(value(values, "pid")));
    } catch (IllegalArgumentException e) {
      throw new CorruptElementException(path + " is damaged: " + e.getMessage(), e);
    }
  }

  private static String value(Map<String, String> values, String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }
}
