package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/** The deaggregation of KCL, which nobody here wrote, reads the aggregates that we write. */
final class KclReadsOursTest {
  private static final BigInteger MAX = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
  private static final BigInteger HALF = BigInteger.ONE.shiftLeft(127);

  /** The keys "user-0" to "user-99" hash all over the key space. */
  private static byte[] aggregate(String explicitHashKey) {
    KplRecordBuilder builder = new KplRecordBuilder(16);
    for (int i = 0; i < 300; i++) {
      byte[] data = ("message " + i).getBytes(UTF_8);
      byte[] key = i % 3 == 0 ? null : ("user-" + i % 100).getBytes(UTF_8);
      builder.append(ByteBuffer.wrap(data), 0, data.length, key);
    }
    assertThat(builder.count()).isEqualTo(300);
    byte[] record = builder.build("outer", explicitHashKey);
    assertThat(builder.size()).isGreaterThanOrEqualTo(record.length);
    return record;
  }

  private static List<KinesisClientRecord> deaggregate(
      byte[] record, BigInteger start, BigInteger end) {
    KinesisClientRecord outer =
        KinesisClientRecord.builder()
            .data(ByteBuffer.wrap(record))
            .partitionKey("outer")
            .sequenceNumber("1")
            .build();
    return new AggregatorUtil().deaggregate(new ArrayList<>(List.of(outer)), start, end);
  }

  private static void assertAllThere(List<KinesisClientRecord> records, String explicitHashKey) {
    assertThat(records).hasSize(300);
    for (int i = 0; i < 300; i++) {
      KinesisClientRecord record = records.get(i);
      assertThat(UTF_8.decode(record.data().duplicate()).toString()).isEqualTo("message " + i);
      assertThat(record.partitionKey()).isEqualTo(i % 3 == 0 ? "outer" : "user-" + i % 100);
      assertThat(record.explicitHashKey()).isEqualTo(explicitHashKey);
      assertThat(record.subSequenceNumber()).isEqualTo(i);
    }
  }

  @Test
  void everyMessageWithItsKey() {
    assertAllThere(deaggregate(aggregate("0"), BigInteger.ZERO, MAX), "0");
    assertAllThere(deaggregate(aggregate(MAX.toString()), BigInteger.ZERO, MAX), MAX.toString());
  }

  /** The shard was split after the aggregate was filled: it lies in one child's range. */
  @Test
  void everyMessageAfterASplit() {
    String hashKey = HALF.add(BigInteger.TWO).toString();

    assertAllThere(deaggregate(aggregate(hashKey), HALF, MAX), hashKey);
  }

  /** Why: the same aggregate without explicit hash keys is thrown away as a whole. */
  @Test
  void withoutExplicitHashKeysASplitLosesEverything() throws Exception {
    String hashKey = HALF.add(BigInteger.TWO).toString();
    byte[] ours = aggregate(hashKey);
    byte[] without = WithoutHashKeys.of(ours);

    assertThat(deaggregate(without, BigInteger.ZERO, MAX)).hasSize(300);
    assertThat(deaggregate(without, HALF, MAX)).hasSizeLessThan(300);
  }

  @Test
  void emptyMessagesAndEmptyKeys() {
    KplRecordBuilder builder = new KplRecordBuilder(0);
    builder.append(ByteBuffer.allocate(0), 0, 0, null);
    builder.append(ByteBuffer.allocateDirect(3), 1, 2, "ключ".getBytes(UTF_8));

    List<KinesisClientRecord> records =
        deaggregate(builder.build("outer", "17"), BigInteger.ZERO, MAX);

    assertThat(records).hasSize(2);
    assertThat(records.get(0).data().remaining()).isZero();
    assertThat(records.get(1).data().remaining()).isEqualTo(2);
    assertThat(records.get(1).partitionKey()).isEqualTo("ключ");
  }

  @Test
  void weReadOursToo() {
    List<Message> messages = new ArrayList<>();
    byte[] record = aggregate("5");
    try (RecordReader reader =
        new RecordReader().open(record, 0, record.length, new RecordContext("t", "outer", 9))) {
      while (reader.nextBlock()) {
        while (reader.nextMessage()) {
          assertThat(reader.explicitHashKey()).isEqualTo("5");
          messages.add(reader.message());
        }
      }
    }

    assertThat(messages).hasSize(300);
    assertThat(messages.get(0).key()).isEqualTo("outer");
    assertThat(messages.get(1).key()).isEqualTo("user-1");
    assertThat(messages.get(299).data()).isEqualTo("message 299".getBytes(UTF_8));
  }
}
