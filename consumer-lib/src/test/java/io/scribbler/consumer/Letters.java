package io.scribbler.consumer;

import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Dead letters for tests. */
final class Letters {
  static final String STREAM = "events";
  static final String SHARD = "shardId-000000000003";
  static final String SEQUENCE_NUMBER = "49590";
  static final String PARTITION_KEY = "key-of-kinesis";
  static final long ARRIVAL = 1_795_370_001_000L;

  private Letters() {}

  /** A letter for each message of a record. */
  static List<DeadLetter> ofMessages(byte[] data, Throwable cause) {
    BatchData batch = batch(data, null);
    List<DeadLetter> letters = new ArrayList<>();
    for (int i = 0; i < batch.count(); i++) {
      letters.add(of(new ConsumerMessage(batch, i), cause));
    }
    return letters;
  }

  static DeadLetter of(ConsumerMessage message, Throwable cause) {
    return new DeadLetter(
        STREAM,
        SHARD,
        message.position(),
        message.partitionKey(),
        message.arrivalMillis(),
        Optional.of(message),
        Optional.empty(),
        cause);
  }

  /** The messages of a record, all with the same bytes unless these are null. */
  static BatchData batch(byte[] data, byte[] instead) {
    StreamRecord record = new StreamRecord(SEQUENCE_NUMBER, PARTITION_KEY, ARRIVAL, data);
    BatchData batch = new BatchData(STREAM, SHARD);
    int index = 0;
    try (RecordReader reader = new RecordReader()) {
      reader.open(data, 0, data.length, new RecordContext(STREAM, PARTITION_KEY, ARRIVAL));
      while (reader.nextBlock()) {
        batch.from(reader.block(), record);
        while (reader.nextMessage()) {
          if (instead == null) {
            batch.add(reader, index++);
          } else {
            batch.add(reader, index++, instead, 0, instead.length);
          }
        }
      }
    }
    return batch;
  }

  static DeadLetter ofUnreadable(byte[] data, Throwable cause) {
    StreamRecord record = new StreamRecord(SEQUENCE_NUMBER, PARTITION_KEY, ARRIVAL, data);
    return new DeadLetter(
        STREAM,
        SHARD,
        new Position(SEQUENCE_NUMBER, 3),
        PARTITION_KEY,
        ARRIVAL,
        Optional.empty(),
        Optional.of(record),
        cause);
  }
}
