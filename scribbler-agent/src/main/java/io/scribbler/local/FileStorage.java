package io.scribbler.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps everything in a directory that one process owns. Owned by the loop thread.
 *
 * <pre>
 * lock                                    held while a process owns the directory
 * state.json                              the streams and their shards, replaced as a whole
 * NAME-CREATED/SHARD/FIRST.log            segments, each named by the position it begins with
 * </pre>
 */
final class FileStorage implements Storage {
  private final Path dir;
  private final Retention retention;
  private final FileChannel lock;
  private final List<ShardLog> logs = new ArrayList<>();

  FileStorage(Path dir, Retention retention) throws IOException {
    this.dir = dir;
    this.retention = retention;
    Files.createDirectories(dir);
    lock =
        FileChannel.open(dir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!isLocked(lock)) {
      lock.close();
      throw new IOException(
          "Directory "
              + dir
              + " is in use by another process: stop it or choose another directory");
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock held = channel.tryLock();
      return held != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  @Override
  public ShardLog log(String stream, long createdMillis, int shard) {
    Path home = home(stream, createdMillis).resolve(String.format("%06d", shard));
    try {
      Files.createDirectories(home);
      List<Path> files;
      try (var listing = Files.list(home)) {
        files = listing.filter(f -> f.toString().endsWith(".log")).sorted().toList();
      }
      List<FileSegment> segments = new ArrayList<>();
      long next = 0;
      for (Path file : files) {
        boolean last = file == files.get(files.size() - 1);
        FileSegment segment = FileSegment.open(file, first(file), last);
        if (!segments.isEmpty() && segment.first() != next) {
          throw new IOException(file + " doesn't follow on the one before: move its stream away");
        }
        next = segment.next();
        if (segment.end() == 0) {
          segment.close();
        } else {
          segments.add(segment);
        }
      }
      ShardLog log = new ShardLog(retention, new ShardFiles(home), segments, next);
      logs.add(log);
      return log;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static long first(Path file) throws IOException {
    String name = file.getFileName().toString();
    if (!name.matches("[0-9]{19}\\.log")) {
      throw new IOException(file + " is no segment: move it away");
    }
    return Long.parseLong(name.substring(0, 19));
  }

  private Path home(String stream, long createdMillis) {
    return dir.resolve(stream + "-" + createdMillis);
  }

  @Override
  public List<Stream> load() {
    Path state = dir.resolve("state.json");
    if (!Files.exists(state)) {
      return List.of();
    }
    try {
      return State.read(Files.readAllBytes(state), this);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read " + state + ": " + e.getMessage(), e);
    } catch (ApiException e) {
      throw new UncheckedIOException(new IOException(state + " is damaged: " + e.getMessage()));
    }
  }

  @Override
  public void save(Collection<Stream> streams) {
    Path state = dir.resolve("state.json");
    try {
      State.replace(state, streams);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't write " + state + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void delete(Stream stream) {
    for (Shard shard : stream.shards()) {
      logs.remove(shard.log());
      shard.log().delete();
    }
    Path home = home(stream.name(), stream.createdMillis());
    try (var everything = Files.walk(home)) {
      for (Path path : everything.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't delete " + home + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    logs.forEach(ShardLog::close);
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Can't unlock " + dir + ": " + e.getMessage(), e);
    }
  }

  /** The files of one shard. */
  private record ShardFiles(Path home) implements ShardLog.SegmentSource {
    @Override
    public Segment create(long first, int entryBytes, Segment previous) {
      Path file = home.resolve(String.format("%019d.log", first));
      try {
        return FileSegment.open(file, first, true);
      } catch (IOException e) {
        throw new UncheckedIOException("Can't write " + file + ": " + e.getMessage(), e);
      }
    }

    @Override
    public void emptied(long next) {
      create(next, 0, null).close();
    }
  }
}
