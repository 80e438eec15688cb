package io.scribbler.consumer.kcl;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.Streams;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

final class UndividedTest {
  @Test
  void anAggregateStaysWholeWhateverShardItsKeysBelongTo() {
    KinesisClientRecord record =
        KinesisClientRecord.builder()
            .sequenceNumber("49")
            .partitionKey("outer")
            .approximateArrivalTimestamp(Instant.EPOCH)
            .data(ByteBuffer.wrap(Streams.kpl(List.of("one", "two"))))
            .build();
    BigInteger nothingsRange = BigInteger.ONE;
    List<KinesisClientRecord> passed =
        new Undivided().deaggregate(List.of(record), nothingsRange, nothingsRange);
    assertThat(passed).containsExactly(record);
    passed.clear(); // KCL changes it
    assertThat(new AggregatorUtil().deaggregate(List.of(record))).hasSize(2);
  }
}
