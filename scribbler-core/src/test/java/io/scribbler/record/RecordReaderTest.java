package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** How the cursor moves. */
final class RecordReaderTest {
  private static byte[] record(String... topics) {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    MessageBuffer buffer = new MessageBuffer(1000);
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      for (String topic : topics) {
        buffer.clear();
        for (int i = 0; i < 3; i++) {
          byte[] data = (topic + i).getBytes(UTF_8);
          buffer.append(data, 0, data.length, i, "k".getBytes(UTF_8));
        }
        record.add(encoder.encode(topic, "p", 9, 5, 100, Map.of("a", "b"), buffer));
      }
    }
    return record.build();
  }

  private static List<Message> all(byte[] record) {
    List<Message> messages = new ArrayList<>();
    RecordReader.messages(record).forEach(messages::add);
    return messages;
  }

  /** Its body is no zstd frame at all, which only decompressing it would show. */
  @Test
  void blocksThatAreNotReadAreNotDecompressed() {
    byte[] undecodable = Records.oneBlock(new byte[5], block -> block.setCodecValue(1));
    byte[] good = record("wanted");
    byte[] both = Arrays.copyOf(undecodable, undecodable.length + good.length - 4);
    System.arraycopy(good, 4, both, undecodable.length, good.length - 4);
    try (RecordReader reader = new RecordReader().open(both)) {
      assertThat(reader.nextBlock()).isTrue();
      assertThat(reader.block().topic()).isEqualTo("t");
      assertThat(reader.nextBlock()).isTrue();
      assertThat(reader.block())
          .isEqualTo(
              new BlockHeader(
                  "wanted",
                  "p",
                  9,
                  5,
                  3,
                  100,
                  Codec.ZSTD,
                  reader.block().rawSize(),
                  Map.of("a", "b")));
      assertThat(reader.nextMessage()).isTrue();
      assertThat(reader.message())
          .isEqualTo(
              new Message(
                  "wanted", "p", 9, 5, 100, "k", Map.of("a", "b"), "wanted0".getBytes(UTF_8)));
    }
  }

  @Test
  void canBeUsedAgainAfterClose() {
    byte[] record = record("a");
    RecordReader reader = new RecordReader().open(record);
    reader.nextBlock();
    reader.nextMessage();
    reader.close();
    assertThat(reader.nextBlock()).isFalse();
    assertThatThrownBy(reader::array).isInstanceOf(IllegalStateException.class);

    assertThat(reader.open(record).nextBlock() && reader.nextMessage()).isTrue();
    reader.close();
    reader.close();
  }

  @Test
  void aHeaderNeedsABlock() {
    try (RecordReader reader = new RecordReader().open(record("a"))) {
      assertThat(reader.nextMessage()).isFalse();
      assertThatThrownBy(reader::block).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void partsOfArraysAndOfBuffers() {
    byte[] record = record("a");
    byte[] padded = new byte[record.length + 9];
    System.arraycopy(record, 0, padded, 4, record.length);
    ByteBuffer slice = ByteBuffer.wrap(padded).position(1).slice().position(3);
    slice.limit(3 + record.length);
    try (RecordReader reader = new RecordReader()) {
      reader.open(padded, 4, record.length);
      assertThat(reader.nextBlock() && reader.nextMessage()).isTrue();
      assertThat(reader.open(slice).nextBlock() && reader.nextMessage()).isTrue();
      assertThat(reader.open(slice.asReadOnlyBuffer()).nextBlock() && reader.nextMessage())
          .isTrue();
      assertThat(slice.position()).isEqualTo(3);
      assertThatThrownBy(() -> reader.open(padded, 4, padded.length))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void plainRecordsAreOneBlockOfOneMessage() {
    byte[] data = "GET /".getBytes(UTF_8);
    RecordContext context = new RecordContext("stream", "key", 7);
    try (RecordReader reader = new RecordReader().open(data, 0, data.length, context)) {
      assertThat(reader.format()).isEqualTo(RecordFormat.PLAIN);
      assertThat(reader.nextMessage()).isFalse();
      reader.open(ByteBuffer.wrap(data), context);
      assertThat(reader.nextBlock()).isTrue();
      assertThat(reader.block())
          .isEqualTo(new BlockHeader("stream", null, 0, -1, 1, 7, Codec.NONE, 5, Map.of()));
      assertThat(reader.nextMessage()).isTrue();
      assertThat(reader.array()).isSameAs(data);
      assertThat(reader.explicitHashKey()).isNull();
      assertThat(reader.nextMessage()).isFalse();
      assertThat(reader.nextBlock()).isFalse();
    }
    assertThat(all(new byte[0])).hasSize(1);
    assertThat(all(new byte[] {(byte) 0xF1})).hasSize(1);
    assertThat(all(new byte[] {(byte) 0xF3, (byte) 0x89, (byte) 0x9A})).hasSize(1);
  }

  @Test
  void theIterableCanBeIteratedTwiceAndDropped() {
    Iterable<Message> messages = RecordReader.messages(record("a", "b"));
    assertThat(messages.iterator().next().topic()).isEqualTo("a");

    Iterator<Message> again = messages.iterator();
    for (int i = 0; i < 6; i++) {
      assertThat(again.next().sequence()).isEqualTo(5 + i % 3);
    }
    assertThat(again.hasNext()).isFalse();
    assertThatThrownBy(again::next).isInstanceOf(NoSuchElementException.class);
  }
}
