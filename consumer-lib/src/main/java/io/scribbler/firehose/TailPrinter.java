package io.scribbler.firehose;

import io.scribbler.consumer.StreamRecord;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;
import java.io.IOException;

/** Prints the messages of records into a buffer. One thread at a time. */
final class TailPrinter implements AutoCloseable {
  private final TailFormat format;
  private final LineBuffer lines;
  private final Allowance allowance;
  private final BadRecords bad;
  private final Progress progress;
  private final RecordReader reader = new RecordReader();
  private final MessageJson json;
  private final Hex hex = new Hex();

  TailPrinter(
      TailFormat format, LineBuffer lines, Allowance allowance, BadRecords bad, Progress progress)
      throws IOException {
    this.format = format;
    this.lines = lines;
    this.allowance = allowance;
    this.bad = bad;
    this.progress = progress;
    this.json = new MessageJson(lines, format.hex());
  }

  /** Prints the record's messages of the topics that are shown; what can't be read is said. */
  void print(String shard, StreamRecord record) throws IOException {
    RecordContext context =
        new RecordContext(format.topicName(), record.partitionKey(), record.arrivalMillis());
    try {
      reader.open(record.data(), 0, record.data().length, context);
    } catch (RecordFormatException e) {
      sayBad(shard, record, e);
      return;
    }
    while (reader.nextBlock()) {
      if (!allowance.isUsedUp() && format.topics().shows(reader.block().topic())) {
        try {
          printBlock(shard, record);
        } catch (RecordFormatException e) {
          sayBad(shard, record, e);
        }
      }
    }
  }

  private void printBlock(String shard, StreamRecord record) throws IOException {
    if (!reader.nextMessage()) {
      return;
    }
    // From here on the block is known to be good.
    long allowed = allowance.take(reader.block().count());
    MessageJson.Place place =
        format.json()
            ? new MessageJson.Place(
                format.stream(), shard, record.sequenceNumber(), record.arrivalMillis())
            : null;
    long bytes = 0;
    for (long i = 0; i < allowed; i++) {
      if (place != null) {
        json.write(reader, place);
      } else {
        printBytes();
      }
      bytes += reader.dataLength();
      if (!reader.nextMessage()) {
        break;
      }
    }
    progress.count(allowed, bytes);
  }

  private void printBytes() throws IOException {
    if (format.hex()) {
      hex.write(reader.array(), reader.dataOffset(), reader.dataLength(), lines::write);
    } else {
      lines.write(reader.array(), reader.dataOffset(), reader.dataLength());
    }
    lines.write('\n');
    lines.endLine();
  }

  private void sayBad(String shard, StreamRecord record, RecordFormatException reason) {
    bad.add(shard + " " + record.sequenceNumber(), reason);
  }

  /** Writes out what is in the buffer. */
  void send() throws IOException {
    lines.send();
  }

  /** Forgets what is in the buffer after a failure. */
  void abandon() {
    lines.abandon();
  }

  @Override
  public void close() {
    reader.close();
  }
}
