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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/**
 * What waits for one shard: the record that is being filled and those that are sealed. Owned by the
 * sender.
 */
final class Lane {
  /** While both wait, one record in so many is one of replay: the backlog drains in any case. */
  private static final int REPLAY_SHARE = 8;

  private final LaneMap.Lane target;
  private final int recordSize;
  private final BiConsumer<Lane, SealedRecord> sealed;
  private final FirehoseRecordBuilder open = new FirehoseRecordBuilder();
  private List<BlockSummary> openBlocks = new ArrayList<>();
  private long openedNanos;

  /** What may be sent, in this order. */
  final Deque<SealedRecord> queue = new ArrayDeque<>();

  /** What was loaded from disk, where what comes now goes first. */
  final Deque<SealedRecord> replay = new ArrayDeque<>();

  /** What comes now, where it must wait until all on disk has been loaded. */
  final Deque<SealedRecord> tail = new ArrayDeque<>();

  final LaneRate rate;
  final Set<SealedRecord> inFlight = new LinkedHashSet<>();
  int onDisk; // records that only the disk has, those on their way to or from it included
  int loading; // records on their way from the disk
  long queuedBytes; // of what waits here and has not come from disk
  long loadedBytes; // of what waits here and has
  private int sinceReplay; // records taken since the last of replay

  /**
   * @param sealed is given each record that is full or has waited long enough
   */
  Lane(
      LaneMap.Lane target,
      int recordSize,
      long nowNanos,
      RandomGenerator random,
      BiConsumer<Lane, SealedRecord> sealed) {
    this.target = target;
    this.recordSize = recordSize;
    this.sealed = sealed;
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
    SealedRecord record =
        new SealedRecord(
            open.build(),
            BatchSettings.PARTITION_KEY,
            target.explicitHashKey(),
            false,
            openBlocks,
            openedNanos);
    open.clear();
    openBlocks = new ArrayList<>();
    sealed.accept(this, record);
  }

  /** Takes a record that is to be sent when its turn comes. */
  void enqueue(SealedRecord record) {
    queue.addLast(record);
    count(record, 1);
  }

  /** Takes a record that must wait for what is on disk. */
  void enqueueBehindDisk(SealedRecord record) {
    tail.addLast(record);
    count(record, 1);
  }

  /** Takes a record that came from disk and goes beside what comes now. */
  void enqueueReplay(SealedRecord record) {
    replay.addLast(record);
    count(record, 1);
  }

  /** Nothing of the lane is on disk any more: what waited for that may go. */
  void joinTail() {
    queue.addAll(tail);
    tail.clear();
  }

  /** The record that goes next; null if none may. */
  SealedRecord peek() {
    return replayNext() ? replay.peekFirst() : queue.peekFirst();
  }

  /** Takes the record that goes next. */
  SealedRecord take() {
    boolean fromReplay = replayNext();
    SealedRecord record = fromReplay ? replay.removeFirst() : queue.removeFirst();
    sinceReplay = fromReplay ? 0 : sinceReplay + 1;
    inFlight.add(record);
    count(record, -1);
    return record;
  }

  private boolean replayNext() {
    return !replay.isEmpty() && (queue.isEmpty() || sinceReplay >= REPLAY_SHARE - 1);
  }

  /** Takes a record back that was not delivered: it goes before all others. */
  void giveBack(SealedRecord record, boolean inOrder) {
    (record.loaded() && !inOrder ? replay : queue).addFirst(record);
    count(record, 1);
  }

  /** Takes back what could not be written to disk, to the place that it had. */
  void putBack(SealedRecord record, boolean inOrder) {
    Deque<SealedRecord> to = inOrder && onDisk > 0 ? tail : queue;
    Deque<SealedRecord> before = new ArrayDeque<>();
    while (!to.isEmpty() && to.peekFirst().ordinal() < record.ordinal()) {
      before.addLast(to.removeFirst());
    }
    to.addFirst(record);
    while (!before.isEmpty()) {
      to.addFirst(before.removeLast());
    }
    count(record, 1);
  }

  /**
   * Takes the oldest record that has not come from disk and is not under way, to go there; null if
   * there is none.
   */
  SealedRecord takeOldest(boolean inOrder) {
    return taken(inOrder ? tail.pollFirst() : queue.pollFirst());
  }

  /** Bytes that {@link #takeOldest} would take, one record after the other. */
  long spillableBytes(boolean inOrder) {
    if (!inOrder) {
      return queuedBytes;
    }
    boolean some = !tail.isEmpty() || (onDisk == 0 && hasFresh());
    return some ? queuedBytes : 0;
  }

  private boolean hasFresh() {
    return !queue.isEmpty() && !queue.peekLast().loaded();
  }

  /**
   * In order: records of the lane are about to go to disk, where there are none. What came after
   * the last one loaded from there waits for them.
   *
   * @return what stays before them: it has to be copied to disk first, to be before them there too
   */
  List<SealedRecord> beginSpill() {
    while (hasFresh()) {
      tail.addFirst(queue.removeLast());
    }
    List<SealedRecord> before = new ArrayList<>(inFlight);
    before.addAll(queue);
    return before;
  }

  /** Takes the newest one. */
  SealedRecord takeNewest() {
    return taken(tail.isEmpty() ? queue.pollLast() : tail.pollLast());
  }

  /** Whether the disk has all that waits. */
  boolean allOnDisk() {
    return open.isEmpty() && allCopied(queue) && allCopied(replay) && allCopied(tail);
  }

  private static boolean allCopied(Deque<SealedRecord> records) {
    for (SealedRecord record : records) {
      if (record.place() == null) {
        return false;
      }
    }
    return true;
  }

  /** Takes all that waits. */
  List<SealedRecord> takeAll() {
    List<SealedRecord> all = new ArrayList<>(queue);
    all.addAll(replay);
    all.addAll(tail);
    queue.clear();
    replay.clear();
    tail.clear();
    return all;
  }

  private SealedRecord taken(SealedRecord record) {
    if (record != null) {
      count(record, -1);
    }
    return record;
  }

  private void count(SealedRecord record, int sign) {
    if (record.loaded()) {
      loadedBytes += (long) sign * record.size();
    } else {
      queuedBytes += (long) sign * record.size();
    }
  }

  /** How much there is to do for it: records here, and on disk. */
  int load() {
    return waiting() + onDisk;
  }

  /** How many records wait here, of all kinds. */
  int waiting() {
    return queue.size() + replay.size() + tail.size();
  }

  /** When the oldest message that waits here was accepted; {@link Long#MAX_VALUE} if none does. */
  long oldestNanos() {
    long oldest = hasOpenRecord() ? openedNanos : Long.MAX_VALUE;
    oldest = older(oldest, queue.peekFirst());
    oldest = older(oldest, tail.peekFirst());
    return older(oldest, replay.peekFirst());
  }

  private static long older(long oldest, SealedRecord record) {
    return record == null ? oldest : Math.min(oldest, record.openedNanos());
  }

  /** Walks what waits here. */
  void countHeld(Ledger.Tally tally) {
    openBlocks.forEach(block -> SealedRecord.count(block, tally));
    queue.forEach(record -> record.count(tally));
    replay.forEach(record -> record.count(tally));
    tail.forEach(record -> record.count(tally));
  }

  boolean idle() {
    return open.isEmpty() && waiting() == 0 && inFlight.isEmpty();
  }
}
