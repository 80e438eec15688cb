package io.scribbler.agent.source;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A file that is appended to, and opened anew when another one, or none, lies under its name:
 * looked at most once a second.
 */
final class RotatedFile implements LineSink.Target {
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path path;
  private final LongSupplier nanoTime;
  private volatile boolean asked;

  // Owned by the writing thread.
  private FileChannel file;
  private Object inode;
  private long looked;

  RotatedFile(Path path, LongSupplier nanoTime) {
    this.path = path;
    this.nanoTime = nanoTime;
  }

  @Override
  public WritableByteChannel channel() throws IOException {
    if (file == null) {
      file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      inode = inode();
      looked = nanoTime.getAsLong();
    }
    return file;
  }

  @Override
  public boolean stale() {
    if (asked) {
      return true;
    }
    long now = nanoTime.getAsLong();
    if (file == null || now - looked < LOOK_NANOS) {
      return false;
    }
    looked = now;
    try {
      asked = !Objects.equals(inode, inode());
    } catch (IOException e) {
      return false; // what can't be looked at may still be written to
    }
    return asked;
  }

  @Override
  public void renew() throws IOException {
    close();
    asked = false;
  }

  @Override
  public void reopen() {
    asked = true;
  }

  @Override
  public void close() throws IOException {
    FileChannel old = file;
    file = null;
    if (old != null) {
      old.close();
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }

  /** Device and inode; null when there is no such file. */
  private Object inode() throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
