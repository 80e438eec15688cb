package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.config.TeeConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeeTest {
  @TempDir private Path dir;
  private final List<String> trouble = new ArrayList<>();
  private long nanos;

  @Test
  void bytesPassAsTheyAre() throws IOException {
    byte[] input = new byte[100_000];
    new Random(1).nextBytes(input);
    Path file = dir.resolve("tee.log");
    try (Tee tee = tee(file)) {
      ByteBuffer chunk = ByteBuffer.allocateDirect(input.length).put(input).flip();
      chunk.limit(70_000);
      tee.write(chunk);
      assertThat(chunk.position()).isZero();
      assertThat(chunk.limit()).isEqualTo(70_000);
      tee.write(ByteBuffer.wrap(input, 70_000, 30_000));
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(input);
    assertThat(tee(TeeConfig.NONE).isEmpty()).isTrue();
  }

  @Test
  void fileIsAppendedTo() throws IOException {
    Path file = Files.writeString(dir.resolve("tee.log"), "old\n");
    try (Tee tee = tee(file)) {
      write(tee, "new\n");
    }
    assertThat(file).hasContent("old\nnew");
  }

  @Test
  void rotatedFileIsOpenedAnewWithinASecondAndBetweenLines() throws IOException {
    Path file = dir.resolve("tee.log");
    Path old = dir.resolve("tee.log.1");
    try (Tee tee = tee(file)) {
      write(tee, "one\ntwo ");
      Files.move(file, old);
      write(tee, "is ");
      assertThat(file).doesNotExist();
      nanos += TimeUnit.SECONDS.toNanos(1);
      write(tee, "long");
      write(tee, "er\nthree\n");
    }
    assertThat(old).hasContent("one\ntwo is longer\n");
    assertThat(file).hasContent("three\n");
  }

  @Test
  void fileIsOpenedAnewWhenAsked() throws IOException {
    Path file = dir.resolve("tee.log");
    Path old = dir.resolve("tee.log.1");
    try (Tee tee = tee(file)) {
      write(tee, "one\n");
      Files.move(file, old);
      tee.reopen();
      write(tee, "two\n");
    }
    assertThat(old).hasContent("one\n");
    assertThat(file).hasContent("two\n");
  }

  @Test
  void deletedAndTruncatedFilesAreGoneOnWith() throws IOException {
    Path file = dir.resolve("tee.log");
    try (Tee tee = tee(file)) {
      write(tee, "one\n");
      Files.delete(file);
      nanos += TimeUnit.SECONDS.toNanos(1);
      write(tee, "two\n");
      assertThat(file).hasContent("two\n");
      Files.writeString(file, "");
      write(tee, "three\n");
      assertThat(file).hasContent("three\n");
    }
    assertThat(trouble).isEmpty();
  }

  @Test
  void aFullDiskIsSaidAndCounted() {
    try (Tee tee = tee(Path.of("/dev/full"))) {
      write(tee, "one\n");
      write(tee, "two\n");
      assertThat(tee.failures()).isEqualTo(2);
    }
    assertThat(trouble).hasSize(2).allMatch(line -> line.matches("tee: /dev/full: .+; delivery.*"));
  }

  @Test
  void aMissingDirectoryIsSaidAndFoundWhenItComes() throws IOException {
    Path file = dir.resolve("later").resolve("tee.log");
    try (Tee tee = tee(file)) {
      write(tee, "lo");
      write(tee, "st\nk");
      Files.createDirectory(dir.resolve("later"));
      write(tee, "ept not\nkept\n");
      assertThat(tee.failures()).isEqualTo(2);
    }
    assertThat(file).hasContent("kept\n");
  }

  /** Room comes and goes at random; every line of the output but those cut short is whole. */
  @Test
  void linesAreWholeAgainAfterEachFailure() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Disk disk = new Disk();
      LineSink sink = new LineSink(new Tee.Fixed("disk", disk), trouble::add);
      StringBuilder input = new StringBuilder();
      for (int i = 0; i < 200; i++) {
        input.append("<").append(i).append("x".repeat(random.nextInt(20))).append(">\n");
      }
      int failed = 0;
      for (int at = 0; at < input.length(); ) {
        disk.room = random.nextInt(3) == 0 ? random.nextInt(30) : Integer.MAX_VALUE;
        int end = Math.min(input.length(), at + 1 + random.nextInt(40));
        sink.write(bytes(input.substring(at, end)));
        at = end;
      }
      String output = disk.written.toString(StandardCharsets.UTF_8);
      int whole = 0;
      for (String line : output.lines().toList()) {
        if (line.startsWith("<") && line.endsWith(">")) {
          assertThat(input).contains(line + "\n");
          whole++;
        } else {
          assertThat(input.toString()).as("seed %s", seed).contains(line);
          failed++;
        }
        assertThat(line.lastIndexOf('<')).as("seed %s: %s", seed, line).isLessThanOrEqualTo(0);
      }
      assertThat(whole).isGreaterThan(20);
      assertThat((long) failed).isLessThanOrEqualTo(sink.failures());
    }
  }

  private Tee tee(Path file) {
    return tee(new TeeConfig(false, Optional.of(file)));
  }

  private Tee tee(TeeConfig config) {
    return new Tee(config, () -> nanos, trouble::add);
  }

  private static void write(Tee tee, String text) {
    tee.write(bytes(text));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A disk with so much room. */
  private static final class Disk implements WritableByteChannel {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private int room;

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      if (room == 0) {
        throw new IOException("No space left on device");
      }
      int length = Math.min(bytes.remaining(), room);
      for (int i = 0; i < length; i++) {
        written.write(bytes.get());
      }
      room -= length;
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
