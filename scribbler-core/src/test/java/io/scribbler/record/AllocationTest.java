package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The message path allocates nothing for a message. */
final class AllocationTest {
  private static final int MESSAGES = 10_000;
  private static final byte[] DATA = "GET /pixel.gif?campaign=17&user=4711".getBytes(UTF_8);
  private static final byte[] KEY = "user-4711".getBytes(UTF_8);

  /** What may come from elsewhere: a lambda's class, a map's iterator. */
  private static final long ONCE = 2_000;

  private static void fill(MessageBuffer buffer) {
    for (int i = 0; i < MESSAGES; i++) {
      buffer.append(DATA, 0, DATA.length, i, KEY);
    }
  }

  @Test
  void appendingToABlock() {
    MessageBuffer buffer = new MessageBuffer(1 << 20);
    ByteBuffer direct = ByteBuffer.allocateDirect(DATA.length).put(DATA);
    fill(buffer);
    int size = buffer.size();
    buffer.clear();

    long allocated =
        Allocation.of(
            () -> {
              for (int i = 0; i < MESSAGES; i++) {
                buffer.append(direct, 0, DATA.length, i, KEY);
              }
            });

    assertThat(allocated).isLessThan(ONCE);
    assertThat(buffer.count()).isEqualTo(MESSAGES);
    assertThat(buffer.size()).isEqualTo(size);
  }

  @Test
  void appendingToAnAggregate() {
    KplRecordBuilder builder = new KplRecordBuilder(1 << 20);
    ByteBuffer data = ByteBuffer.wrap(DATA);
    byte[][] keys = new byte[500][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ("user-" + i).getBytes(UTF_8);
    }
    for (byte[] key : keys) {
      builder.append(data, 0, DATA.length, key);
    }
    builder.clear();

    long allocated =
        Allocation.of(
            () -> {
              for (int i = 0; i < MESSAGES; i++) {
                builder.append(data, 0, DATA.length, keys[i % keys.length]);
              }
            });

    assertThat(allocated).isLessThan(ONCE);
    assertThat(builder.count()).isEqualTo(MESSAGES);
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void reading(Codec codec) {
    MessageBuffer buffer = new MessageBuffer(1 << 20);
    fill(buffer);
    FirehoseRecordBuilder builder = new FirehoseRecordBuilder();
    try (BlockEncoder encoder = new BlockEncoder(codec);
        RecordReader reader = new RecordReader()) {
      builder.add(encoder.encode("t", "p", 1, 0, 0, Map.of(), buffer));
      byte[] record = builder.build();
      assertThat(bytes(reader, record)).isEqualTo((long) MESSAGES * DATA.length);

      long allocated = Allocation.of(() -> bytes(reader, record));

      assertThat(allocated).isLessThan(ONCE);
    }
  }

  private static long bytes(RecordReader reader, byte[] record) {
    long bytes = 0;
    reader.open(record);
    while (reader.nextBlock()) {
      while (reader.nextMessage()) {
        bytes += reader.dataLength();
      }
    }
    return bytes;
  }
}
