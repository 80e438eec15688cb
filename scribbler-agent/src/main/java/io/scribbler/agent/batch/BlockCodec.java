package io.scribbler.agent.batch;

import io.scribbler.record.BlockEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Turns one stream's sealed batches into bytes. One thread's: it keeps the compressor's context.
 */
final class BlockCodec implements AutoCloseable {
  /** What a record adds to its only block: the magic, the version and a reserved byte. */
  private static final int FRAMING = 4;

  private final BatchSettings settings;
  private final BlockEncoder encoder;

  BlockCodec(BatchSettings settings) {
    this.settings = settings;
    this.encoder = new BlockEncoder(settings.codec(), settings.level());
  }

  List<EncodedBlock> encode(SealedBatch sealed) {
    List<EncodedBlock> blocks =
        switch (settings.format()) {
          case FIREHOSE -> firehose(sealed);
          case KPL -> kpl(sealed);
          case PLAIN -> plain(sealed);
        };
    sealed.batch().ack.became(blocks.size());
    return blocks;
  }

  private List<EncodedBlock> firehose(SealedBatch sealed) {
    OpenBatch batch = sealed.batch();
    BatchBody.Firehose body = (BatchBody.Firehose) sealed.body();
    List<EncodedBlock> blocks = new ArrayList<>(1);
    Part whole = new Part(0, body.size(), sealed.firstSequence(), sealed.count(), batch.dataBytes);
    encode(sealed, body.messages.array(), whole, blocks);
    return blocks;
  }

  /** Messages that lie in {@code length} bytes of a batch's body from {@code offset}. */
  private record Part(int offset, int length, long firstSequence, int count, long dataBytes) {}

  /** Encodes the part as one block if that fits a record, and its halves otherwise. */
  private void encode(SealedBatch sealed, byte[] raw, Part part, List<EncodedBlock> blocks) {
    OpenBatch batch = sealed.batch();
    byte[] bytes =
        encoder.encode(
            batch.topic.account.name(),
            batch.topic.identity.producer(),
            batch.topic.identity.epoch(),
            part.firstSequence,
            batch.baseTimeMillis,
            Map.of(),
            raw,
            part.offset,
            part.length,
            part.count);
    BlockSummary summary =
        new BlockSummary(
            batch.topic.account,
            batch.topic.identity,
            part.firstSequence,
            part.count,
            part.dataBytes,
            BlockSummary.held(bytes),
            batch.openedNanos,
            batch.ack);
    EncodedBlock block = block(bytes, FRAMING, summary, laneTarget(sealed));
    if (block.refusal() == null || part.count == 1) {
      blocks.add(block);
    } else {
      int half = part.count / 2;
      int at = part.offset;
      long dataBytes = 0;
      for (int i = 0; i < half; i++) {
        dataBytes += MessageScan.dataLength(raw, at);
        at = MessageScan.end(raw, at);
      }
      int length = at - part.offset;
      Part first = new Part(part.offset, length, part.firstSequence, half, dataBytes);
      Part second =
          new Part(
              at,
              part.length - length,
              part.firstSequence + half,
              part.count - half,
              part.dataBytes - dataBytes);
      encode(sealed, raw, first, blocks);
      encode(sealed, raw, second, blocks);
    }
  }

  private List<EncodedBlock> kpl(SealedBatch sealed) {
    OpenBatch batch = sealed.batch();
    BatchBody.Kpl body = (BatchBody.Kpl) sealed.body();
    byte[] bytes = body.record.build(BatchSettings.PARTITION_KEY, sealed.laneHashKey());
    BlockSummary summary =
        new BlockSummary(
            batch.topic.account,
            batch.topic.identity,
            sealed.firstSequence(),
            sealed.count(),
            batch.dataBytes,
            BlockSummary.held(bytes),
            batch.openedNanos,
            batch.ack);
    return List.of(block(bytes, 0, summary, laneTarget(sealed)));
  }

  private List<EncodedBlock> plain(SealedBatch sealed) {
    OpenBatch batch = sealed.batch();
    BatchBody.Plain body = (BatchBody.Plain) sealed.body();
    List<EncodedBlock> records = new ArrayList<>(sealed.count());
    for (int i = 0; i < sealed.count(); i++) {
      byte[] bytes = body.message(i);
      byte[] key = body.key(i);
      BlockSummary summary =
          new BlockSummary(
              batch.topic.account,
              batch.topic.identity,
              sealed.firstSequence() + i,
              1,
              bytes.length,
              BlockSummary.held(bytes),
              batch.openedNanos,
              batch.ack);
      EncodedBlock.Target target =
          key == null
              ? laneTarget(sealed)
              : new EncodedBlock.Target(
                  new String(key, StandardCharsets.UTF_8), sealed.laneHashKey(), true);
      records.add(block(bytes, 0, summary, target));
    }
    return records;
  }

  private static EncodedBlock.Target laneTarget(SealedBatch sealed) {
    return new EncodedBlock.Target(BatchSettings.PARTITION_KEY, sealed.laneHashKey(), false);
  }

  private EncodedBlock block(
      byte[] bytes, int framing, BlockSummary summary, EncodedBlock.Target target) {
    int key = target.partitionKey().getBytes(StandardCharsets.UTF_8).length;
    int size = bytes.length + framing + key;
    String refusal =
        size <= settings.maxRecordSize()
            ? null
            : "a record of "
                + size
                + " bytes, more than the stream's limit of "
                + settings.maxRecordSize()
                + " (max-record-size)";
    return new EncodedBlock(bytes, summary, target, refusal);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
