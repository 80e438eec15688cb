package io.scribbler.record.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.KinesisEvent;
import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.Message;
import io.scribbler.record.MessageBuffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;

/** The examples do what they say. */
final class ExamplesTest {
  private static byte[] record() {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    MessageBuffer messages = new MessageBuffer(1024);
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      for (String topic : List.of("clicks", "impressions")) {
        for (int i = 0; i < 3; i++) {
          byte[] data = (topic + " " + i).getBytes(StandardCharsets.UTF_8);
          messages.append(data, 0, data.length, i, null);
        }
        record.add(encoder.encode(topic, "pixel-17", 7, 40, 1_000, Map.of(), messages));
        messages.clear();
      }
    }
    return record.build();
  }

  private static String text(Message message) {
    return new String(message.data(), StandardCharsets.UTF_8);
  }

  @Test
  void lambdaHandlesRecordsOfAnyFormat() {
    List<Message> handled = new ArrayList<>();
    KinesisEvent event = new KinesisEvent();
    event.setRecords(List.of(entry(record()), entry("plain".getBytes(StandardCharsets.UTF_8))));

    assertThat(new LambdaExample(handled::add).handleRequest(event, null)).isEqualTo(7);
    assertThat(text(handled.get(6))).isEqualTo("plain");
    assertThat(handled.get(6).key()).isEqualTo("key");
    assertThat(handled.get(6).timeMillis()).isEqualTo(5);
    assertThat(handled.get(5).sequence()).isEqualTo(42);
  }

  @SuppressWarnings("JavaUtilDate") // the event demands one
  private static KinesisEvent.KinesisEventRecord entry(byte[] data) {
    KinesisEvent.Record record = new KinesisEvent.Record();
    record.setData(ByteBuffer.wrap(data));
    record.setPartitionKey("key");
    record.setApproximateArrivalTimestamp(new Date(5));
    KinesisEvent.KinesisEventRecord entry = new KinesisEvent.KinesisEventRecord();
    entry.setKinesis(record);
    return entry;
  }

  @Test
  void flinkCollectsOneTopic() {
    List<String> collected = new ArrayList<>();
    FlinkExample example = new FlinkExample("impressions");
    example.open(null);
    example.deserialize(
        record(),
        new Collector<>() {
          @Override
          public void collect(String line) {
            collected.add(line);
          }

          @Override
          public void close() {}
        });

    assertThat(collected).containsExactly("impressions 0", "impressions 1", "impressions 2");
  }

  @Test
  void sparkFlattensRecords() {
    List<String> lines = new ArrayList<>();
    new SparkExample().call(record()).forEachRemaining(message -> lines.add(text(message)));

    assertThat(lines)
        .containsExactly(
            "clicks 0", "clicks 1", "clicks 2", "impressions 0", "impressions 1", "impressions 2");
  }
}
