package io.scribbler.agent.send;

import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.metrics.Ledger;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One Kinesis record, ready to be sent: the unit that waits in a lane, is retried, and can lie on
 * disk. Its bytes are taken from the memory budget. Immutable; the array is shared.
 */
final class SealedRecord {
  private final byte[] data;
  private final String partitionKey;
  private final String laneHashKey;
  private final boolean hashedByKey;
  private final List<BlockSummary> blocks;
  private final long openedNanos;
  private final int size;

  /**
   * @param laneHashKey the explicit hash key of its lane
   * @param hashedByKey whether its partition key decides where it goes, instead of the lane
   * @param blocks what is in it, without the bytes
   * @param openedNanos when its oldest message was accepted
   */
  SealedRecord(
      byte[] data,
      String partitionKey,
      String laneHashKey,
      boolean hashedByKey,
      List<BlockSummary> blocks,
      long openedNanos) {
    this.data = data;
    this.partitionKey = partitionKey;
    this.laneHashKey = laneHashKey;
    this.hashedByKey = hashedByKey;
    this.blocks = blocks;
    this.openedNanos = openedNanos;
    this.size = data.length + partitionKey.getBytes(StandardCharsets.UTF_8).length;
  }

  byte[] data() {
    return data;
  }

  String partitionKey() {
    return partitionKey;
  }

  /** What tells its lane, whatever the lanes are by then. */
  String laneHashKey() {
    return laneHashKey;
  }

  boolean hashedByKey() {
    return hashedByKey;
  }

  /** What the request says; null where the partition key decides. */
  String explicitHashKey() {
    return hashedByKey ? null : laneHashKey;
  }

  List<BlockSummary> blocks() {
    return blocks;
  }

  /** Counts its messages where they are held. */
  void count(Ledger.Tally tally) {
    blocks.forEach(block -> count(block, tally));
  }

  static void count(BlockSummary block, Ledger.Tally tally) {
    tally.add(block.account().name(), block.count(), block.dataBytes());
  }

  long openedNanos() {
    return openedNanos;
  }

  /** What it counts for against the limits of a request: its data and its partition key. */
  int size() {
    return size;
  }
}
