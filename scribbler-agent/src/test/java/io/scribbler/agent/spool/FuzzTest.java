package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.scribbler.agent.spool.Elements.Found;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Files that never were segments: no exception but of I/O, bounded memory, bounded time. */
final class FuzzTest {
  private static final int SIZE = 64 << 10;
  private static final long MAX_ALLOCATED = 16 << 20;
  private static final Duration MAX_TIME = Duration.ofSeconds(10);

  private static Path path;
  private static byte[] valid;

  @BeforeContainer
  static void segment() throws IOException {
    path = Files.createTempDirectory("spool").resolve("00000001.tape");
    try (Segment segment = Segment.create(path, SIZE, new ElementCodec(), Segment.TAPE)) {
      for (int i = 0; i < 20; i++) {
        segment.append(Elements.header(i), Elements.data(i, 2000));
      }
    }
    valid = Files.readAllBytes(path);
  }

  @AfterContainer
  static void delete() throws IOException {
    Files.deleteIfExists(path);
    Files.deleteIfExists(Segment.sidecar(path));
    Files.delete(path.getParent());
  }

  @Property(tries = 200)
  void randomBytes(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes = new byte[random.nextInt(SIZE)];
    random.nextBytes(bytes);
    open(bytes, random);
  }

  @Property(tries = 400)
  void damagedSegments(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes = valid.clone();
    for (int i = random.nextInt(30); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    open(bytes, random);
  }

  @Property(tries = 200)
  void lengthsThatLieUnderTheRightChecksum(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    ByteBuffer bytes = ByteBuffer.wrap(valid.clone());
    for (int at = 32; at + 100 < SIZE; at += 100) {
      int headerLength = random.nextInt(8) == 0 ? extreme(random) : random.nextInt(64);
      int dataLength = random.nextInt(8) == 0 ? extreme(random) : random.nextInt(SIZE);
      bytes.putInt(at, random.nextInt());
      new ElementPrefix(headerLength, 0, dataLength, 0, random.nextInt(1000), at)
          .write(bytes, at + Integer.BYTES);
      if (headerLength >= 0 && headerLength < SIZE - at - 100) {
        int crc = ElementPrefix.checksum(bytes, at + Integer.BYTES, headerLength);
        bytes.putInt(at + Integer.BYTES + 12, crc);
      }
    }
    open(bytes.array(), random);
  }

  private static int extreme(Random random) {
    int near = random.nextInt(200);
    return switch (random.nextInt(4)) {
      case 0 -> Integer.MAX_VALUE - near;
      case 1 -> Integer.MIN_VALUE + near;
      case 2 -> -near;
      default -> random.nextInt();
    };
  }

  private static void open(byte[] bytes, Random random) throws IOException {
    Files.write(path, bytes);
    byte[] marks = new byte[random.nextInt(4096)];
    random.nextBytes(marks);
    if (marks.length >= 8 && random.nextBoolean()) {
      ByteBuffer.wrap(marks).putInt(0, 0xF553444E).putInt(4, 1);
    }
    Files.write(Segment.sidecar(path), marks);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long begin = System.nanoTime();
    long before = threads.getCurrentThreadAllocatedBytes();
    try (Segment segment = Segment.open(path)) {
      assertThat(segment.doneCount()).isZero();
      Found found = Found.in(segment);
      for (Slot slot : found.slots) {
        try {
          segment.read(slot.offset());
        } catch (CorruptElementException e) {
          assertThat(e).hasMessageContaining(path.toString());
        }
      }
      assertThat(segment.usedBytes()).isBetween(0L, (long) SIZE + 4096);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).isLessThan(MAX_ALLOCATED);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(MAX_TIME);
  }
}
