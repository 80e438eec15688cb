package io.scribbler.agent.batch;

import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.shard.LaneMap;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.Message;
import io.scribbler.record.RecordFormat;
import io.scribbler.record.RecordReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;

/**
 * Everything behind the sources up to the sender, real, and in the sender's place a {@link #take}
 * that a test calls: it takes what is encoded, and counts it as delivered.
 */
public final class Intakes implements AutoCloseable {
  private static final int BLOCK = 64 * 1024;

  public final MemoryBudget memory;
  public final Ledger ledger = new Ledger();
  public final Router router;

  /** Is run when there may be something to acknowledge. */
  public volatile Runnable advanced = () -> {};

  private final Encoder encoder = new Encoder(1);
  private final Map<String, Accumulator> streams = new TreeMap<>();

  /** With streams of these names that take all topics. */
  public Intakes(long memoryBytes, String... names) {
    memory = new MemoryBudget(memoryBytes);
    List<StreamConfig> configs = new ArrayList<>();
    BatchSettings settings =
        new BatchSettings("p", 7, RecordFormat.FIREHOSE, Codec.ZSTD, 1, BLOCK, 1 << 20);
    for (String name : names) {
      configs.add(StreamConfig.builder(name).topics(List.of("*")).build());
      LaneMap lanes = LaneMap.assumed(new Random(1));
      streams.put(
          name,
          new Accumulator(
              settings,
              memory,
              encoder,
              ledger.stream(name),
              lanes,
              () -> {},
              () -> advanced.run()));
    }
    router = new Router(configs, List.copyOf(streams.values()));
  }

  /**
   * The messages that are encoded by now, which are then in the stream; open batches are sealed,
   * for the next time.
   */
  public List<Message> take(String stream) {
    List<Message> taken = new ArrayList<>();
    for (EncodedBlock block : blocks(stream)) {
      taken.addAll(messages(block));
      block.summary().ack().onDisk();
      block.summary().ack().inStream();
    }
    return taken;
  }

  /** As {@link #take}, and says nothing to those who wait for acknowledgements. */
  public List<EncodedBlock> blocks(String stream) {
    Accumulator accumulator = streams.get(stream);
    accumulator.sealDue(Long.MAX_VALUE / 2, 0);
    Queue<SealedBatch> sealed = accumulator.sealed();
    List<EncodedBlock> taken = new ArrayList<>();
    while (!sealed.isEmpty() && sealed.peek().done()) {
      for (EncodedBlock block : sealed.poll().blocks()) {
        taken.add(block);
        BlockSummary summary = block.summary();
        memory.release(summary.heldBytes());
        summary.account().delivered(summary.count(), summary.dataBytes());
      }
    }
    return taken;
  }

  public static List<Message> messages(EncodedBlock block) {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    record.add(block.bytes());
    List<Message> messages = new ArrayList<>();
    RecordReader.messages(record.build()).forEach(messages::add);
    return messages;
  }

  /** How many topics the stream numbers by themselves. */
  public int numbered(String stream) {
    return streams.get(stream).numbered();
  }

  @Override
  public void close() {
    encoder.close();
  }
}
