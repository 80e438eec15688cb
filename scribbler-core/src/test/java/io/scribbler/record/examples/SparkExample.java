package io.scribbler.record.examples;

import io.scribbler.record.Message;
import io.scribbler.record.RecordReader;
import java.io.Serializable;
import java.util.Iterator;

/**
 * The shape of Spark's {@code FlatMapFunction<byte[], Message>}, so that {@code records.flatMap(new
 * SparkExample()::call)} turns Kinesis records into messages, one by one.
 */
final class SparkExample implements Serializable {
  private static final long serialVersionUID = 1L;

  Iterator<Message> call(byte[] record) {
    return RecordReader.messages(record).iterator();
  }
}
