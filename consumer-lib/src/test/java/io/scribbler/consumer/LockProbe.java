package io.scribbler.consumer;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Tries, as another process, to lock a file: exit code 0 if it could be had, 3 if not. */
final class LockProbe {
  private static final int TAKEN = 3;

  private LockProbe() {}

  public static void main(String[] arguments) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
      System.exit(channel.tryLock() != null ? 0 : TAKEN);
    }
  }

  /** Whether another process could have the lock now. */
  static boolean couldLock(Path file) throws IOException, InterruptedException {
    Process probe =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LockProbe.class.getName(),
                file.toString())
            .inheritIO()
            .start();
    int code = probe.waitFor();
    if (code != 0 && code != TAKEN) {
      throw new IOException("the probe ended with " + code);
    }
    return code == 0;
  }
}
