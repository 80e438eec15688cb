package io.scribbler.firehose;

import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.reading.RecordHandler;
import io.scribbler.consumer.reading.ShardBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Prints the messages of batches; each thread of the reader borrows a printer of its own. */
final class TailSink implements RecordHandler, AutoCloseable {
  private final TailFormat format;
  private final Output output;
  private final Allowance allowance;
  private final BadRecords bad;
  private final Progress progress;
  private final ConcurrentLinkedQueue<TailPrinter> idle = new ConcurrentLinkedQueue<>();

  TailSink(
      TailFormat format, Output output, Allowance allowance, BadRecords bad, Progress progress) {
    this.format = format;
    this.output = output;
    this.allowance = allowance;
    this.bad = bad;
    this.progress = progress;
  }

  @Override
  public void handle(ShardBatch batch) {
    try {
      TailPrinter printer = idle.poll();
      if (printer == null) {
        printer = new TailPrinter(format, new LineBuffer(output), allowance, bad, progress);
      }
      try {
        for (StreamRecord record : batch.records()) {
          printer.print(batch.shardId(), record);
        }
        printer.send();
      } finally {
        printer.abandon();
        idle.add(printer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    for (TailPrinter printer = idle.poll(); printer != null; printer = idle.poll()) {
      printer.close();
    }
  }
}
