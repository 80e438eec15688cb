package io.scribbler.consumer.file;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.engine.Checkpoint;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Where an application's checkpoints lie. Any thread, one at a time for each shard.
 *
 * <pre>
 *   DIRECTORY/APPLICATION/lock                     held while a process reads
 *                         paused                   there while the application is paused
 *                         STREAM/start             where it started: OLDEST, or a time
 *                                SHARD.json        see {@link ShardFile}
 * </pre>
 */
public final class CheckpointFolder {
  private static final String SUFFIX = ".json";
  private static final Pattern SHARD = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");
  private static final String OLDEST = "OLDEST";
  private static final int MOST_START_BYTES = 64;

  /**
   * The folders that this process has, by their real paths, guarded by itself; held over every use
   * of a lock's file. POSIX drops a process's lock when it closes any descriptor of the file, so
   * the file of a lock that is held must not be opened.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path folder;

  /** A folder that is this process's until it is given back. */
  public interface Lock extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  /** The folder of an application; nothing is made or read yet. */
  public CheckpointFolder(Path directory, String application) {
    this.folder = directory.resolve(application);
  }

  /** Where it is. */
  public Path path() {
    return folder;
  }

  /**
   * Takes the folder for this process.
   *
   * @return what gives it back when closed
   * @throws StreamException if another process has it, or it can't be written
   */
  public Lock lock() {
    Path file = folder.resolve("lock");
    try {
      StoredFile.createDirectories(folder);
      Path real = folder.toRealPath();
      synchronized (HELD) {
        FileChannel channel = HELD.contains(real) ? null : openLocked(file);
        if (channel == null) {
          throw new StreamException(
              "another process reads for this application: it holds " + file, null);
        }
        HELD.add(real);
        return () -> unlock(real, channel);
      }
    } catch (IOException e) {
      throw new StreamException(
          "the checkpoints can't be kept in "
              + folder
              + ": "
              + e
              + "; make room or mend its permissions, or choose another directory",
          e);
    }
  }

  private static void unlock(Path real, FileChannel channel) throws IOException {
    synchronized (HELD) {
      channel.close();
      HELD.remove(real);
    }
  }

  /** The file with its lock; null if another process has it. */
  private static FileChannel openLocked(Path file) throws IOException {
    FileChannel channel = StoredFile.openOrCreate(file);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (IOException | OverlappingFileLockException e) {
      channel.close();
      throw new IOException(file + " can't be locked: " + e, e);
    }
    channel.close();
    return null;
  }

  /** Whether a process reads for the application now, this one or another. */
  public boolean inUse() throws IOException {
    Path file = folder.resolve("lock");
    if (!Files.exists(file)) {
      return false;
    }
    synchronized (HELD) {
      if (HELD.contains(folder.toRealPath())) {
        return true;
      }
      try (FileChannel channel = openLocked(file)) {
        return channel == null;
      }
    }
  }

  /** Whether the application is paused. */
  public boolean paused() {
    return Files.exists(folder.resolve("paused"));
  }

  /** Stores whether the application is paused; may be called by any process. */
  public void pause(boolean paused) throws IOException {
    Path file = folder.resolve("paused");
    if (paused) {
      StoredFile.createDirectories(folder);
      StoredFile.replace(file, new byte[0]);
    } else {
      StoredFile.delete(file);
    }
  }

  /** Where the application started to read a stream; empty: it has not yet. */
  public Optional<StartPosition> start(String stream) throws IOException {
    Path file = folder.resolve(stream).resolve("start");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > MOST_START_BYTES) {
      throw new IOException(file + " is no start: " + Files.size(file) + " bytes");
    }
    String text = Files.readString(file, StandardCharsets.UTF_8).strip();
    if (text.equals(OLDEST)) {
      return Optional.of(StartPosition.oldest());
    }
    try {
      return Optional.of(StartPosition.at(Instant.parse(text)));
    } catch (DateTimeException e) {
      throw new IOException(file + " is no start: " + e.getMessage(), e);
    }
  }

  /** Stores where the application started: the oldest record, or a time. */
  public void storeStart(String stream, StartPosition start) throws IOException {
    StoredFile.createDirectories(folder.resolve(stream));
    String text =
        switch (start.kind()) {
          case OLDEST -> OLDEST;
          case TIME -> start.time().toString();
          case NEWEST -> throw new IllegalArgumentException("newest is no lasting start");
        };
    StoredFile.replace(
        folder.resolve(stream).resolve("start"), (text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Whether the application has read a stream. */
  public boolean has(String stream) {
    return Files.isDirectory(folder.resolve(stream));
  }

  /**
   * Lets a stream be read again from a start, which is stored first: whatever happens then, nothing
   * is passed over. Only with the {@link #lock}.
   */
  public void reset(String stream, StartPosition start) throws IOException {
    storeStart(stream, start);
    for (String shardId : checkpoints(stream).keySet()) {
      delete(stream, shardId);
    }
  }

  /** A shard's checkpoint; {@link Checkpoint#NONE} when there is none. */
  public Checkpoint checkpoint(String stream, String shardId) throws IOException {
    return ShardFile.read(file(stream, shardId));
  }

  /** Stores a shard's checkpoint. */
  public void store(String stream, String shardId, Checkpoint checkpoint) throws IOException {
    StoredFile.createDirectories(folder.resolve(stream));
    ShardFile.write(file(stream, shardId), checkpoint);
  }

  /** Forgets a shard. */
  public void delete(String stream, String shardId) throws IOException {
    StoredFile.delete(file(stream, shardId));
  }

  /** All checkpoints of a stream by shard; none when there is no such folder. */
  public Map<String, Checkpoint> checkpoints(String stream) throws IOException {
    Map<String, Checkpoint> all = new TreeMap<>();
    Path directory = folder.resolve(stream);
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
        for (Path file : files) {
          String name = file.getFileName().toString();
          all.put(name.substring(0, name.length() - SUFFIX.length()), ShardFile.read(file));
        }
      }
    }
    return all;
  }

  private Path file(String stream, String shardId) {
    if (!SHARD.matcher(shardId).matches() || shardId.startsWith(".")) {
      throw new IllegalArgumentException("no name of a shard: '" + shardId + "'");
    }
    return folder.resolve(stream).resolve(shardId + SUFFIX);
  }

  /** A checkpoint that has just been committed. */
  static Checkpoint committed(Position position, Instant upTo, byte[] seen) {
    return new Checkpoint(position, null, new byte[0], upTo, seen);
  }
}
