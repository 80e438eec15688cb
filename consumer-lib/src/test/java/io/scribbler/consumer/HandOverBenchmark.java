package io.scribbler.consumer;

import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.MessageBuffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Taking zstd records apart and handing their messages to a handler that looks at each one, in one
 * thread: what a core can do. The score is megabytes (10^6) of raw messages a second.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class HandOverBenchmark {
  private static final int BLOCK = 512 << 10;

  /** Counts what a run went through. */
  @AuxCounters
  @State(Scope.Thread)
  public static class Volume {
    /** Raw bytes of messages, in millions. */
    public double megabytes;

    /** Messages, in millions. */
    public double megaMessages;
  }

  /** How many topics there are, of which one is wanted; 1: all is. */
  @Param({"1", "10"})
  public int topics;

  /** Whether each tenth message has a key. */
  @Param({"false", "true"})
  public boolean keys;

  private final List<StreamRecord> records = new ArrayList<>();
  private long rawBytes;
  private RecordDecoder decoder;
  private DuplicateFilter duplicates;
  private Blackhole consumed;
  private long handled;

  /** Encodes 8 MiB of impressions, several blocks a record as agents do. */
  @Setup
  public void setUp(Blackhole blackhole) throws IOException {
    consumed = blackhole;
    List<byte[]> lines = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(System.getProperty("impressions")))) {
      lines.add(line.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    int next = 0;
    long sequence = 0;
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      for (int r = 0; r < 8; r++) {
        FirehoseRecordBuilder record = new FirehoseRecordBuilder();
        for (int b = 0; b < 2; b++) {
          MessageBuffer buffer = new MessageBuffer(BLOCK + (1 << 12));
          while (buffer.size() < BLOCK) {
            byte[] line = lines.get(next++ % lines.size());
            byte[] key =
                keys && next % 10 == 0
                    ? ("user-" + next).getBytes(java.nio.charset.StandardCharsets.UTF_8)
                    : null;
            buffer.append(line, 0, line.length, 0, key);
            rawBytes += line.length;
          }
          String topic = "topic-" + (2 * r + b) % topics;
          record.add(encoder.encode(topic, "pixel-1", 1, sequence, 0, Map.of(), buffer));
          sequence += buffer.count();
        }
        records.add(new StreamRecord("4963" + r, "key", 0, record.build()));
      }
    }
    ShardCounters counters = new ShardCounters();
    duplicates = new DuplicateFilter(true, 1 << 20, new byte[0], counters);
    decoder =
        new RecordDecoder(
            "s",
            new ProcessingSettings(
                assignment -> AssignedHandler.plain(HandlerCall.ofMessages(m -> {})),
                new TopicSelection(topics == 1 ? List.of() : List.of("topic-0")),
                List.of(),
                RetryPolicy.retry(),
                GapPolicy.STOP,
                Duration.ZERO,
                Duration.ZERO,
                1,
                true,
                1 << 20,
                10_000,
                4 << 20),
            counters,
            new Handing());
  }

  /** Hands each batch over at once, in this thread. */
  private final class Handing implements RecordDecoder.Output {
    private BatchData data = new BatchData("s", "shard");

    @Override
    public boolean tryReserve(long bytes) {
      return true;
    }

    @Override
    public boolean reserve(long bytes) {
      return true;
    }

    @Override
    public void charge(long bytes) {}

    @Override
    public BatchData emptyData() {
      return data;
    }

    @Override
    public void batch(Batch batch) {
      if (batch.data == null) {
        return;
      }
      int[] all = new int[batch.data.count()];
      java.util.Arrays.setAll(all, i -> i);
      int fresh = duplicates.filter(batch.data, all, all.length);
      consumed.consume(fresh);
      MessageBatch messages = new MessageBatch(batch.data, all, 0, all.length);
      for (ConsumerMessage message : messages) {
        consumed.consume(message.topic());
        consumed.consume(message.sequence());
        consumed.consume(message.timeMillis());
        consumed.consume(message.key());
        consumed.consume(message.size());
      }
      handled += all.length;
      duplicates.done(batch.data, all, all.length);
      batch.data.clear();
    }
  }

  /** All records, decompressed, taken apart and handed over. */
  @Benchmark
  public void handOver(Volume volume) throws InterruptedException {
    handled = 0;
    for (StreamRecord record : records) {
      decoder.decode(record, 0);
    }
    decoder.flush(0);
    volume.megabytes += rawBytes / 1e6;
    volume.megaMessages += handled / 1e6;
  }
}
