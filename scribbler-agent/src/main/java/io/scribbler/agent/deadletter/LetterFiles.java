package io.scribbler.agent.deadletter;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The files of dead letters, for the one process that sends them again: {@code X.jsonl} becomes
 * {@code X.jsonl.redriving}, so that agents begin a new one, and in the end {@code
 * X.jsonl.redriven}. One process at a time does that in a directory. One thread's.
 */
public final class LetterFiles implements Closeable {
  private static final String LETTERS = ".jsonl";
  private static final String REDRIVING = ".redriving";
  private static final String REDRIVEN = ".redriven";

  private final FileChannel lock;

  private LetterFiles(FileChannel lock) {
    this.lock = lock;
  }

  /**
   * Keeps other processes from sending the letters of a directory.
   *
   * @return empty when one does already
   */
  public static Optional<LetterFiles> lock(Path dir) throws IOException {
    Files.createDirectories(
        dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    FileChannel file =
        FileChannel.open(
            dir.resolve("redrive.lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    boolean locked = false;
    try {
      locked = file.tryLock() != null;
      return locked ? Optional.of(new LetterFiles(file)) : Optional.empty();
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    } finally {
      if (!locked) {
        file.close();
      }
    }
  }

  /** The files of a directory that have not been sent wholly, by name. */
  public static List<Path> in(Path dir) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      for (Path each : files) {
        String name = each.getFileName().toString();
        if (name.endsWith(LETTERS) || name.endsWith(REDRIVING)) {
          found.add(each);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(found);
    return found;
  }

  static boolean isRedriven(Path file) {
    return file.getFileName().toString().endsWith(REDRIVEN);
  }

  /** Takes a file away from the agents that write to it; returns its new name. */
  public Path claim(Path file) throws IOException {
    if (file.getFileName().toString().endsWith(REDRIVING)) {
      return file; // left by a process that died
    }
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock writers = channel.lock()) {
      return writers.isValid() ? rename(file, REDRIVING) : file;
    } catch (OverlappingFileLockException e) {
      throw new IOException(file + " is in use by this process", e);
    }
  }

  /** All its letters are delivered, or kept elsewhere; returns its new name. */
  public Path finish(Path claimed) throws IOException {
    String name = claimed.getFileName().toString();
    Path before = claimed.resolveSibling(name.substring(0, name.length() - REDRIVING.length()));
    Path after = free(before, REDRIVEN);
    Files.move(claimed, after, StandardCopyOption.ATOMIC_MOVE);
    sync(after);
    return after;
  }

  private static Path rename(Path file, String suffix) throws IOException {
    Path after = free(file, suffix);
    Files.move(file, after, StandardCopyOption.ATOMIC_MOVE);
    sync(after);
    return after;
  }

  private static Path free(Path file, String suffix) {
    String name = file.getFileName().toString();
    Path free = file.resolveSibling(name + suffix);
    for (int i = 2; Files.exists(free, LinkOption.NOFOLLOW_LINKS); i++) {
      free = file.resolveSibling(name + "." + i + suffix);
    }
    return free;
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel dir =
        FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      dir.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
