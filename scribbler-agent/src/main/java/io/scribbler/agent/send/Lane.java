package io.scribbler.agent.send;

import io.scribbler.agent.batch.BatchSettings;
import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.batch.EncodedBlock;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.shard.LaneMap;
import io.scribbler.record.FirehoseRecordBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What waits for one shard: the record that is being filled and those that are sealed. Owned by the
 * sender.
 */
final class Lane {
  private final LaneMap.Lane target;
  private final int recordSize;
  private final FirehoseRecordBuilder open = new FirehoseRecordBuilder();
  private List<BlockSummary> openBlocks = new ArrayList<>();
  private long openedNanos;

  final Deque<SealedRecord> queue = new ArrayDeque<>();
  final LaneRate rate;
  int inFlight; // records

  Lane(LaneMap.Lane target, int recordSize, long nowNanos, RandomGenerator random) {
    this.target = target;
    this.recordSize = recordSize;
    this.rate = new LaneRate(nowNanos, random);
  }

  LaneMap.Lane target() {
    return target;
  }

  /**
   * Adds a block to the open record, which is sealed first if the block would make it too large.
   */
  void add(EncodedBlock block) {
    if (!open.isEmpty() && open.size() + block.bytes().length > recordSize) {
      seal();
    }
    if (open.isEmpty()) {
      openedNanos = block.summary().openedNanos();
    } else if (block.summary().openedNanos() - openedNanos < 0) {
      openedNanos = block.summary().openedNanos();
    }
    open.add(block.bytes());
    openBlocks.add(block.summary());
  }

  /** Whether no more block of that size fits the open record. */
  boolean full(int blockSize) {
    return !open.isEmpty() && open.size() + blockSize > recordSize;
  }

  boolean hasOpenRecord() {
    return !open.isEmpty();
  }

  /** When the open record's oldest message was accepted. */
  long openedNanos() {
    return openedNanos;
  }

  void seal() {
    queue.addLast(
        new SealedRecord(
            open.build(),
            BatchSettings.PARTITION_KEY,
            target.explicitHashKey(),
            false,
            openBlocks,
            openedNanos));
    open.clear();
    openBlocks = new ArrayList<>();
  }

  /** Walks what waits here. */
  void countHeld(Ledger.Tally tally) {
    openBlocks.forEach(block -> SealedRecord.count(block, tally));
    queue.forEach(record -> record.count(tally));
  }

  boolean idle() {
    return open.isEmpty() && queue.isEmpty() && inFlight == 0;
  }
}
