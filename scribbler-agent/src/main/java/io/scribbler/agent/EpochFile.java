package io.scribbler.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The epochs of the agents that share a state directory: a number for each life, above the last one
 * given out here, whatever the clock says.
 *
 * <pre>
 *   52             20 19             0
 *   +----------------+---------------+
 *   | seconds since  | random bits   |
 *   | 1970           |               |
 *   +----------------+---------------+
 * </pre>
 *
 * The random bits tell cloned hosts apart. Below 2^53, so that JSON readers keep it exact.
 */
public final class EpochFile {
  private static final int RANDOM_BITS = 20;
  private static final int LONGEST = 20;
  private static final long LIMIT = 1L << 53;

  private EpochFile() {}

  /** A new epoch without regard to others. */
  public static long fresh(InstantSource clock, RandomGenerator random) {
    return clock.instant().getEpochSecond() << RANDOM_BITS | random.nextInt(1 << RANDOM_BITS);
  }

  /**
   * A new epoch, above the last one that was taken from the directory; stored before it is used.
   */
  static long next(Path directory, InstantSource clock, RandomGenerator random) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (FileChannel file =
        FileChannel.open(
            directory.resolve("epoch"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      file.lock(); // until it is closed
      long epoch = Math.max(fresh(clock, random), last(file) + 1);
      ByteBuffer text = ByteBuffer.wrap((epoch + "\n").getBytes(StandardCharsets.US_ASCII));
      int length = text.remaining();
      while (text.hasRemaining()) {
        file.write(text, text.position());
      }
      file.truncate(length); // last, so that a crash leaves a number
      file.force(true);
      return epoch;
    }
  }

  /** The last one; 0 if there is none, or none can be read of what a crash left. */
  private static long last(FileChannel file) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(LONGEST);
    file.read(text, 0);
    String digits = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    long last = digits.matches("[0-9]{1,16}") ? Long.parseLong(digits) : 0;
    return last < LIMIT - 1 ? last : 0;
  }
}
