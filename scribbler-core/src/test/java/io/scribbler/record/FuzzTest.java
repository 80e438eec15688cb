package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Any bytes at all: the reader yields messages or refuses with a reason of one line, and holds no
 * more memory than the bounds allow.
 */
final class FuzzTest {
  /** The largest buffer for a body, as much again for its growth, and everything small. */
  private static final long MOST = 36 << 20;

  private static List<Message> messages() {
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String key = i % 2 == 0 ? "" : "key " + i;
      byte[] data = "message number %d".formatted(i).repeat(i).getBytes(UTF_8);
      messages.add(
          new Message("topic", "producer", 7, 40 + i, 1_000 + i, key, Map.of("a", "b"), data));
    }
    return messages;
  }

  private static byte[] firehose(Codec codec) {
    MessageBuffer buffer = new MessageBuffer(1024);
    for (Message message : messages()) {
      buffer.append(
          message.data(),
          0,
          message.data().length,
          (int) (message.timeMillis() - 1_000),
          message.key().getBytes(UTF_8));
    }
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    try (BlockEncoder encoder = new BlockEncoder(codec)) {
      record.add(encoder.encode("topic", "producer", 7, 40, 1_000, Map.of("a", "b"), buffer));
    }
    return record.build();
  }

  private static byte[] kpl() {
    KplRecordBuilder builder = new KplRecordBuilder(100);
    for (Message message : messages()) {
      ByteBuffer data = ByteBuffer.wrap(message.data());
      builder.append(data, 0, message.data().length, message.key().getBytes(UTF_8));
    }
    return builder.build("outer", "170141183460469231731687303715884105728");
  }

  static Stream<byte[]> records() {
    return Stream.concat(Arrays.stream(Codec.values()).map(FuzzTest::firehose), Stream.of(kpl()));
  }

  /** What the record yields; null if it is refused. */
  private static List<Message> read(RecordReader reader, byte[] record) {
    try {
      List<Message> messages = new ArrayList<>();
      reader.open(record);
      while (reader.nextBlock()) {
        while (reader.nextMessage()) {
          messages.add(reader.message());
        }
      }
      return messages;
    } catch (RecordFormatException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
      return null;
    }
  }

  @ParameterizedTest
  @MethodSource("records")
  void cutShortAtEveryByte(byte[] record) {
    try (RecordReader reader = new RecordReader()) {
      assertThat(read(reader, record)).hasSize(5);
      for (int length = 0; length < record.length; length++) {
        byte[] cut = Arrays.copyOf(record, length);
        boolean plain = RecordFormat.of(cut, 0, length) == RecordFormat.PLAIN;
        List<Message> messages = read(reader, cut);
        assertThat(messages == null).as("%d bytes are refused", length).isEqualTo(!plain);
      }
    }
  }

  /** A flipped bit is refused, or it is in a header and no message's bytes or number change. */
  @ParameterizedTest
  @MethodSource("records")
  void everyBitFlipped(byte[] record) {
    try (RecordReader reader = new RecordReader()) {
      List<Message> whole = read(reader, record);
      for (int bit = 0; bit < 8 * record.length; bit++) {
        byte[] flipped = record.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        List<Message> messages = read(reader, flipped);
        if (messages != null && RecordFormat.of(flipped, 0, flipped.length) != RecordFormat.PLAIN) {
          assertThat(messages)
              .as("bit %d", bit)
              .extracting(Message::data)
              .containsExactlyElementsOf(whole.stream().map(Message::data).toList());
        }
      }
    }
  }

  /** Noise behind a good beginning: of a record, of a block, or none. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void garbage(long seed) {
    Random random = new Random(seed);
    byte[][] beginnings = {
      {}, {(byte) 0xF1, 0x5C, 1, 0}, {(byte) 0xF1, 0x5C, 1, 0, 0x0a, 100, 0x0a, 1, 't'}
    };
    try (RecordReader reader = new RecordReader()) {
      long allocated =
          Allocation.of(
              () -> {
                for (int i = 0; i < 3_000; i++) {
                  byte[] record = new byte[9 + random.nextInt(200)];
                  random.nextBytes(record);
                  byte[] beginning = beginnings[i % beginnings.length];
                  System.arraycopy(beginning, 0, record, 0, beginning.length);
                  assertThat(read(reader, record))
                      .satisfiesAnyOf(
                          messages -> assertThat(messages).isNull(),
                          messages -> assertThat(messages).hasSizeLessThan(200));
                }
              });
      assertThat(allocated).isLessThan(3_000 * 20_000L + MOST);
    }
  }

  /**
   * Good records with bytes changed, taken out, put in or repeated, and their checksums mended, so
   * that what lies behind the checksums is tried too.
   */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void mutated(long seed) {
    Random random = new Random(seed);
    List<byte[]> records = records().toList();
    byte[] worst = new byte[0];
    long most = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] mutant = mutate(records.get(random.nextInt(records.size())), random);
      long allocated =
          Allocation.of(
              () -> {
                try (RecordReader reader = new RecordReader()) {
                  read(reader, mutant);
                }
              });
      if (allocated > most) {
        most = allocated;
        worst = mutant;
      }
    }
    assertThat(most).as(() -> "seed " + seed).isLessThan(MOST);
    assertThat(worst).isNotEmpty();
  }

  private static byte[] mutate(byte[] record, Random random) {
    byte[] mutant = record.clone();
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      int at = 4 + random.nextInt(mutant.length - 4);
      switch (random.nextInt(4)) {
        case 0 -> mutant[at] = (byte) random.nextInt(256);
        case 1 -> mutant[at] = (byte) (mutant[at] + (random.nextBoolean() ? 1 : -1));
        case 2 -> mutant = splice(mutant, at, 0, new byte[1 + random.nextInt(3)]);
        default ->
            mutant =
                splice(
                    mutant, at, Math.min(1 + random.nextInt(3), mutant.length - at), new byte[0]);
      }
    }
    return Mended.checksums(mutant);
  }

  private static byte[] splice(byte[] record, int at, int remove, byte[] insert) {
    byte[] out = new byte[record.length - remove + insert.length];
    System.arraycopy(record, 0, out, 0, at);
    System.arraycopy(insert, 0, out, at, insert.length);
    System.arraycopy(record, at + remove, out, at + insert.length, record.length - at - remove);
    return out.length < 5 ? record : out;
  }

  @Test
  void mendingIsWorthIt() {
    byte[] record = firehose(Codec.NONE);
    int last = record.length - 12; // in the data of the last message
    record[last]++;
    try (RecordReader reader = new RecordReader()) {
      assertThat(read(reader, record)).isNull();
      assertThat(read(reader, Mended.checksums(record))).hasSize(5);
    }
  }
}
