package io.scribbler.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A disk to be broken: a file system of its own where this process may mount one, else a directory
 * whose permissions and limits do the same.
 */
final class BrokenDisk implements AutoCloseable {
  private final Path path;
  private final boolean mounted;
  private final boolean small;

  private BrokenDisk(Path path, int megabytes) throws IOException {
    this.path = Files.createDirectory(path);
    small = megabytes < 64;
    mounted =
        run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", path.toString());
  }

  /** One that is soon full. */
  static BrokenDisk small(Path path) throws IOException {
    return new BrokenDisk(path, 20);
  }

  static BrokenDisk large(Path path) throws IOException {
    return new BrokenDisk(path, 512);
  }

  Path path() {
    return path;
  }

  boolean mounted() {
    return mounted;
  }

  /** The {@code min-free} with which it is full when it should be. */
  String minFree() {
    return small && !mounted ? "99%" : "0%";
  }

  /** Refuses all writes, or takes them again; while no file is open for writing. */
  void readOnly(boolean now) throws IOException {
    if (mounted) {
      if (!remount(now)) {
        throw new IOException("can't mount " + path + " anew");
      }
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.filter(Files::isDirectory).toList()) {
        Files.setPosixFilePermissions(
            each, PosixFilePermissions.fromString(now ? "r-x------" : "rwx------"));
      }
    }
  }

  private boolean remount(boolean readOnly) {
    return run("mount", "-o", "remount," + (readOnly ? "ro" : "rw"), path.toString());
  }

  private static boolean run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // there is no such program
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The segments that lie in a spool's folders, in the order of their numbers. */
  static List<Path> segments(Path spool) {
    return tapes(spool, false);
  }

  /** The segments that agents keep aside. */
  static List<Path> quarantined(Path spool) {
    return tapes(spool, true);
  }

  private static List<Path> tapes(Path spool, boolean aside) {
    try (Stream<Path> all = Files.walk(spool)) {
      return all.filter(file -> file.toString().endsWith(".tape"))
          .filter(file -> file.toString().contains("quarantine") == aside)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a directory and all in it, while others may write there. */
  static void delete(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(directory)) {
      walk.sorted(Comparator.reverseOrder()).forEach(all::add);
    }
    for (Path each : all) {
      Files.deleteIfExists(each);
    }
  }

  @Override
  public void close() throws IOException {
    if (mounted) {
      if (!run("umount", "-l", path.toString())) {
        throw new IOException("can't unmount " + path);
      }
    } else {
      readOnly(false);
    }
  }
}
