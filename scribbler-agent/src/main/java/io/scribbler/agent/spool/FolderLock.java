package io.scribbler.agent.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who owns a folder: the process that holds the lock on its file {@code lock}; the system frees it
 * when the process ends, however it does.
 *
 * <p>A process loses its lock on a file when it closes <em>any</em> channel of that file, so all
 * that this process holds is remembered here and never opened again. All methods are thread-safe.
 */
final class FolderLock implements Closeable {
  // Guarded by the class: keys of the files that this process has locked.
  private static final Set<Object> HELD = new HashSet<>();

  private final FileChannel file;
  private final Object key;

  private FolderLock(FileChannel file, Object key) {
    this.file = file;
    this.key = key;
  }

  /** Makes the file and locks it. */
  static FolderLock create(Path path) throws IOException {
    synchronized (FolderLock.class) {
      FileChannel file =
          FileChannel.open(
              path,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              Directories.FILE_MODE);
      FolderLock lock = locked(file, key(path));
      if (lock == null) {
        throw new IOException(path + " was locked by another process when it was made");
      }
      return lock;
    }
  }

  /**
   * Locks the file of a folder that nobody owns.
   *
   * @return empty when somebody does, or has just deleted it
   */
  static Optional<FolderLock> tryAcquire(Path path) throws IOException {
    synchronized (FolderLock.class) {
      try {
        Object key = key(path);
        if (HELD.contains(key)) {
          return Optional.empty();
        }
        FolderLock lock =
            locked(
                FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS), key);
        if (lock == null) {
          return Optional.empty();
        }
        // Its last owner may have deleted the file after it was opened here.
        if (!exists(path, key)) {
          lock.close();
          return Optional.empty();
        }
        return Optional.of(lock);
      } catch (NoSuchFileException e) {
        return Optional.empty();
      }
    }
  }

  /** Whether a process owns the folder. Who tries to acquire it at the same moment may fail. */
  static boolean isHeld(Path path) throws IOException {
    synchronized (FolderLock.class) {
      if (HELD.contains(key(path))) {
        return true;
      }
      try (FileChannel file =
              FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
          FileLock lock = file.tryLock(0, Long.MAX_VALUE, true)) {
        return lock == null;
      } catch (OverlappingFileLockException e) {
        return true; // by code of this process that doesn't go through this class
      }
    }
  }

  private static FolderLock locked(FileChannel file, Object key) throws IOException {
    boolean kept = false;
    try {
      FileLock lock = file.tryLock();
      if (lock == null) {
        return null;
      }
      HELD.add(key);
      kept = true;
      return new FolderLock(file, key);
    } catch (OverlappingFileLockException e) {
      return null;
    } finally {
      if (!kept) {
        file.close();
      }
    }
  }

  private static boolean exists(Path path, Object key) throws IOException {
    try {
      return key.equals(key(path));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Object key(Path path) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()) {
      throw new IOException(path + " is no regular file");
    }
    return attributes.fileKey();
  }

  @Override
  public void close() throws IOException {
    synchronized (FolderLock.class) {
      HELD.remove(key);
      file.close();
    }
  }
}
