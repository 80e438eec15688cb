package io.scribbler.record.examples;

import io.scribbler.record.RecordReader;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/** A Flink source's deserializer: the lines of one topic; other topics aren't decompressed. */
final class FlinkExample implements DeserializationSchema<String> {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private transient RecordReader reader;

  FlinkExample(String topic) {
    this.topic = topic;
  }

  @Override
  public void open(InitializationContext context) {
    reader = new RecordReader();
  }

  @Override
  public void deserialize(byte[] record, Collector<String> out) {
    reader.open(record);
    while (reader.nextBlock()) {
      if (reader.block().topic().equals(topic)) {
        while (reader.nextMessage()) {
          out.collect(
              new String(
                  reader.array(),
                  reader.dataOffset(),
                  reader.dataLength(),
                  StandardCharsets.UTF_8));
        }
      }
    }
  }

  @Override
  public String deserialize(byte[] record) {
    throw new UnsupportedOperationException("a record holds many messages");
  }

  @Override
  public boolean isEndOfStream(String next) {
    return false;
  }

  @Override
  public TypeInformation<String> getProducedType() {
    return TypeInformation.of(String.class);
  }
}
