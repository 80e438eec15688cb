package io.scribbler.firehose;

import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.reading.RecordHandler;
import io.scribbler.consumer.reading.ShardBatch;
import io.scribbler.record.BlockHeader;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;
import java.util.ArrayList;
import java.util.List;

/** Counts the messages of batches by topic from the blocks' headers: nothing is decompressed. */
final class TopicCounter implements RecordHandler {
  private final TopicTable table;
  private final String topicName;
  private final BadRecords bad;
  private final Progress progress;

  TopicCounter(TopicTable table, String topicName, BadRecords bad, Progress progress) {
    this.table = table;
    this.topicName = topicName;
    this.bad = bad;
    this.progress = progress;
  }

  @Override
  public void handle(ShardBatch batch) {
    try (RecordReader reader = new RecordReader()) {
      for (StreamRecord record : batch.records()) {
        try {
          count(reader, record);
        } catch (RecordFormatException e) {
          bad.add(batch.shardId() + " " + record.sequenceNumber(), e);
        }
      }
    }
  }

  private void count(RecordReader reader, StreamRecord record) {
    RecordContext context =
        new RecordContext(topicName, record.partitionKey(), record.arrivalMillis());
    reader.open(record.data(), 0, record.data().length, context);
    List<BlockHeader> blocks = new ArrayList<>();
    long raw = 0;
    while (reader.nextBlock()) {
      blocks.add(reader.block());
      raw += reader.block().rawSize();
    }
    // The record's bytes are shared out by raw size; the last block takes what rounding left.
    long wireLeft = record.data().length;
    long rawLeft = raw;
    for (BlockHeader block : blocks) {
      long wire = rawLeft == 0 ? wireLeft : wireLeft * block.rawSize() / rawLeft;
      table.add(block, wire);
      progress.count(block.count(), block.rawSize());
      wireLeft -= wire;
      rawLeft -= block.rawSize();
    }
  }
}
