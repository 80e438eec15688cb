package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the writers refuse, and what they keep as it was. */
final class WriterTest {
  @Test
  void aMessageTakesTwoBytesAtLeast() {
    assertThat(MessageBuffer.sizeOf(0, 0, 0)).isEqualTo(Limits.MIN_MESSAGE_SIZE);
  }

  @Test
  void appendingNeedsCapacity() {
    MessageBuffer buffer = new MessageBuffer(7);
    assertThatIllegalStateException()
        .isThrownBy(() -> buffer.append(new byte[4], 0, 4, 0, null))
        .withMessageContaining("no room for a message of 8 bytes");
    assertThatIllegalStateException()
        .isThrownBy(() -> buffer.append(new byte[4], 0, Integer.MAX_VALUE, 0, null));
    buffer.append(new byte[3], 0, 3, 0, null);
    assertThat(buffer.size()).isEqualTo(7);
  }

  /** The source was too short: the buffer is as before. */
  @Test
  void aFailedAppendLeavesNothingBehind() {
    MessageBuffer buffer = new MessageBuffer(100);
    assertThatThrownBy(() -> buffer.append(ByteBuffer.allocate(3), 0, 4, 0, null))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(buffer.size()).isZero();
    assertThat(buffer.count()).isZero();
  }

  @Test
  void theSourceBufferStaysAsItIs() {
    ByteBuffer src = ByteBuffer.allocateDirect(10).position(2).limit(9);
    MessageBuffer buffer = new MessageBuffer(100);
    buffer.append(src, 4, 5, 0, null);

    assertThat(src.position()).isEqualTo(2);
    assertThat(src.limit()).isEqualTo(9);
  }

  @Test
  void growingKeepsWhatIsThereAndStopsAtTheBound() {
    MessageBuffer buffer = new MessageBuffer(4);
    buffer.append(new byte[0], 0, 0, 0, null);
    buffer.ensureCapacity(1 << 20);
    assertThat(buffer.capacity()).isEqualTo(1 << 20);
    assertThat(buffer.size()).isEqualTo(2);
    buffer.ensureCapacity(MessageBuffer.MAX_SIZE);
    assertThat(buffer.capacity()).isEqualTo(16 << 20);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> buffer.ensureCapacity(MessageBuffer.MAX_SIZE + 1));
  }

  @Test
  void aRecordNeedsABlock() {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    assertThat(record.isEmpty()).isTrue();
    assertThatIllegalStateException().isThrownBy(record::build);
  }

  @Test
  void theEncoderRefusesWhatNoReaderTakes() {
    try (BlockEncoder encoder = new BlockEncoder(Codec.NONE)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> encode(encoder, "", new byte[4], 2))
          .withMessageContaining("topic");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> encode(encoder, "t", new byte[4], 3))
          .withMessageContaining("3 messages in 4 bytes");
      assertThatIllegalArgumentException().isThrownBy(() -> encode(encoder, "t", new byte[4], 0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> encode(encoder, "t", new byte[(16 << 20) + 1], 1));
    }
  }

  private static byte[] encode(BlockEncoder encoder, String topic, byte[] raw, int count) {
    return encoder.encode(topic, "p", 1, 0, 0, Map.of(), raw, 0, raw.length, count);
  }

  @Test
  void levels() {
    for (int level : new int[] {-7, 0, 3, 22}) {
      new BlockEncoder(Codec.ZSTD, level).close();
    }
    for (int level : new int[] {0, 9}) {
      new BlockEncoder(Codec.GZIP, level).close();
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BlockEncoder(Codec.ZSTD, 23))
        .withMessage("zstd has no level 23, only -7 to 22");
    assertThatIllegalArgumentException().isThrownBy(() -> new BlockEncoder(Codec.GZIP, 10));
  }

  /** Noise of the largest size that there is, which no codec makes smaller. */
  @Test
  void theLargestBlockInAllCodecs() {
    byte[] data = new byte[(16 << 20) - 10];
    new Random(5).nextBytes(data);
    MessageBuffer buffer = new MessageBuffer(MessageBuffer.MAX_SIZE);
    buffer.append(data, 0, data.length, 0, null);
    assertThat(buffer.size()).isEqualTo(MessageBuffer.MAX_SIZE);
    for (Codec codec : Codec.values()) {
      FirehoseRecordBuilder record = new FirehoseRecordBuilder();
      try (BlockEncoder encoder = new BlockEncoder(codec)) {
        record.add(encoder.encode("t", "p", 1, 0, 0, Map.of(), buffer));
      }
      try (RecordReader reader = new RecordReader().open(record.build())) {
        assertThat(reader.nextBlock() && reader.nextMessage()).isTrue();
        int from = reader.dataOffset();
        assertThat(
                Arrays.equals(
                    reader.array(), from, from + reader.dataLength(), data, 0, data.length))
            .isTrue();
      }
    }
  }

  @Test
  void kplKeysStandOnceInTheTable() {
    KplRecordBuilder builder = new KplRecordBuilder(10);
    int empty = builder.size();
    byte[] key = "a key of 22 characters".getBytes(UTF_8);
    for (int i = 0; i < 10; i++) {
      builder.append(ByteBuffer.allocate(1), 0, 1, key.clone());
    }
    assertThat(builder.size() - empty).isEqualTo(24 + 10 * 9);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.build("", "1"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.build("k".repeat(257), "1"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.build("k", "1".repeat(40)));
  }

  /** More keys than the table looks up are repeated, and stay right. */
  @Test
  void kplWithVeryManyKeys() {
    KplRecordBuilder builder = new KplRecordBuilder(10);
    int keys = 70_000;
    for (int i = 0; i < 2 * keys; i++) {
      builder.append(ByteBuffer.allocate(0), 0, 0, ("key " + i % keys).getBytes(UTF_8));
    }
    byte[] record = builder.build("outer", "1");
    int i = 0;
    for (Message message : RecordReader.messages(record)) {
      if (!message.key().equals("key " + i++ % keys)) {
        assertThat(message.key()).isEqualTo("key " + (i - 1) % keys);
      }
    }
    assertThat(i).isEqualTo(2 * keys);
  }
}
