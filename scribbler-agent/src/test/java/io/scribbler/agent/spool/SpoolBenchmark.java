package io.scribbler.agent.spool;

import com.squareup.tape2.QueueFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How fast segments take records, beside plain Tape on the same disk. Not a part of the tests: run
 * its {@code main} with a directory and the MiB to write in each round.
 */
final class SpoolBenchmark {
  private static final int ROUNDS = 5;
  private static final long SEGMENT = Long.getLong("segment", 64) << 20;

  private final Path dir;
  private final long bytes;

  private SpoolBenchmark(Path dir, long bytes) {
    this.dir = dir;
    this.bytes = bytes;
  }

  public static void main(String[] args) throws IOException {
    Path dir = Files.createTempDirectory(Path.of(args[0]), "spool");
    SpoolBenchmark benchmark = new SpoolBenchmark(dir, Long.parseLong(args[1]) << 20);
    for (int round = 0; round < ROUNDS; round++) {
      double tape = benchmark.tape(1 << 20);
      double tapeSmall = benchmark.tape(500_000);
      double small = benchmark.spool(500_000);
      double large = benchmark.spool((1 << 20) - 1024);
      System.out.printf(
          Locale.ROOT,
          "Tape 1 MiB: %.0f MB/s, 500 KB %.0f MB/s; spool 500 KB: %.0f MB/s (%.0f%%), 1 MiB: %.0f MB/s (%.0f%%)%n",
          tape,
          tapeSmall,
          small,
          100 * small / tape,
          large,
          100 * large / tape);
    }
    Files.delete(dir);
  }

  private double tape(int element) throws IOException {
    Path path = dir.resolve("plain");
    byte[] data = Elements.data(1, element);
    long begin = System.nanoTime();
    long written = 0;
    try (QueueFile queue = new QueueFile.Builder(path.toFile()).zero(false).build()) {
      for (; written < bytes; written += element) {
        queue.add(data);
      }
    }
    double rate = 1000.0 * written / (System.nanoTime() - begin);
    Files.delete(path);
    return rate;
  }

  private double spool(int element) throws IOException {
    byte[] data = Elements.data(1, element);
    int size = Elements.size(1, element);
    SpoolRoot root = new SpoolRoot(dir);
    SpoolFolder folder = root.create(Elements.DESTINATION, "benchmark", 1);
    long begin = System.nanoTime();
    long written = 0;
    Segment segment = folder.createSegment(SEGMENT, size);
    for (; written < bytes; written += element) {
      if (!segment.fits(size)) {
        segment.close();
        segment = folder.createSegment(SEGMENT, size);
      }
      segment.append(Elements.header(1), data);
    }
    segment.close();
    double rate = 1000.0 * written / (System.nanoTime() - begin);
    for (int number : folder.numbers()) {
      folder.openSegment(number).delete();
    }
    folder.deleteIfEmpty();
    return rate;
  }
}
