package io.scribbler.agent.send;

import io.scribbler.agent.batch.BatchAck;
import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.batch.Identity;
import io.scribbler.agent.spool.BlockHeader;
import io.scribbler.agent.spool.ElementHeader;
import io.scribbler.agent.spool.Spool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Brings records back from disk: a bounded number of bytes ahead of what is sent, shared by the
 * lanes that have some. Owned by the sender.
 */
final class Reload {
  private static final long RETRY_NANOS = 1_000_000_000L;

  private final OverflowSettings settings;
  private final Spool spool;
  private final Overflow.Surroundings with;
  private final Backlog backlog;
  private final LongSupplier nextOrdinal;

  // Owned by the sender's thread.
  private final Map<String, Integer> onTheirWay = new HashMap<>(); // records, by lane hash key
  private Lanes lanes; // null until there are some
  private long bytes; // of the memory budget, in memory or on their way
  private boolean failed; // the last read did
  private long notBeforeNanos;

  /**
   * @param nextOrdinal numbers the records of the sender
   */
  Reload(
      OverflowSettings settings,
      Spool spool,
      Overflow.Surroundings with,
      Backlog backlog,
      LongSupplier nextOrdinal) {
    this.settings = settings;
    this.spool = spool;
    this.with = with;
    this.backlog = backlog;
    this.nextOrdinal = nextOrdinal;
  }

  /** From now on these are the lanes. */
  void remap(Lanes changed) {
    lanes = changed;
    onTheirWay.forEach(
        (hashKey, records) -> {
          lanes.of(hashKey).onDisk += records;
          lanes.of(hashKey).loading += records;
        });
  }

  /**
   * Fetches what may be fetched now.
   *
   * @param deliveryUp whether records leave; if not, one is enough to try with
   */
  void load(boolean deliveryUp) {
    boolean waits = failed && notBeforeNanos - with.clock().getAsLong() > 0;
    if (backlog.waiting() == 0 || waits) {
      return;
    }
    int lanesWithRecords = 0;
    for (String hashKey : backlog.lanesWaiting()) {
      lanesWithRecords += backlog.waiting(hashKey) > 0 ? 1 : 0;
    }
    long share = Math.max(settings.largestRecord(), settings.aheadLimit() / lanesWithRecords);
    for (String hashKey : backlog.lanesWaiting()) {
      Lane lane = lanes.of(hashKey);
      while (backlog.waiting(hashKey) > 0
          && bytes < settings.aheadLimit()
          && lane.loadedBytes + (long) lane.loading * settings.largestRecord() < share
          && (deliveryUp || bytes == 0)
          && !(settings.inOrder() && lane.loading > 0)) {
        fetch(backlog.next(hashKey), hashKey, record -> arrived(hashKey, record));
      }
    }
  }

  private void arrived(String hashKey, SealedRecord record) {
    if (record != null) {
      lanes.of(hashKey).onDisk--;
      enqueue(record);
    }
  }

  /** Puts a record that came from disk into its lane. */
  void enqueue(SealedRecord record) {
    Lane lane = lanes.of(record.laneHashKey());
    if (settings.inOrder()) {
      lane.enqueue(record);
    } else {
      lane.enqueueReplay(record);
    }
  }

  /**
   * Fetches one record. Until it is there it counts as on disk, for its lane too.
   *
   * @param to is given the record, or null if it could not be read: then it waits again, or is lost
   *     to its segment
   */
  void fetch(Place place, String hashKey, Consumer<SealedRecord> to) {
    int held = BlockSummary.held(place.length());
    with.memory().exchange(0, held); // beside what sources may take: it makes room, so never waits
    bytes += held;
    lanes.of(hashKey).loading++;
    onTheirWay.merge(hashKey, 1, Integer::sum);
    spool.read(
        place.segment().number,
        place.offset(),
        read -> with.post().accept(() -> to.accept(taken(place, hashKey, held, read))));
  }

  /** The record that was read; null if it was not. */
  private SealedRecord taken(Place place, String hashKey, int held, Spool.Read read) {
    lanes.of(hashKey).loading--;
    onTheirWay.merge(hashKey, -1, (now, less) -> now + less == 0 ? null : now + less);
    if (read instanceof Spool.Read.Loaded loaded) {
      failed = false;
      return recovered(place, held, loaded);
    }
    with.memory().release(held);
    bytes -= held;
    if (read instanceof Spool.Read.Failed failure) {
      backlog.notLoaded(place, hashKey);
      failed = true;
      notBeforeNanos = with.clock().getAsLong() + RETRY_NANOS;
      with.trouble().accept(failure.why());
    } else if (read instanceof Spool.Read.Corrupt corrupt) {
      lanes.of(hashKey).onDisk--;
      with.trouble().accept(corrupt.why());
      backlog.done(
          place); // its messages are settled with the segment; it is not marked: nobody got it
    }
    return null;
  }

  private SealedRecord recovered(Place place, int held, Spool.Read.Loaded loaded) {
    ElementHeader header = loaded.header();
    List<BatchAck> acks = backlog.loaded(place, header);
    long ageMillis = Math.max(0, with.wallMillis().getAsLong() - header.acceptedMillis());
    long openedNanos = with.clock().getAsLong() - ageMillis * 1_000_000;
    List<BlockSummary> blocks = new ArrayList<>(header.blocks().size());
    for (int i = 0; i < header.blocks().size(); i++) {
      BlockHeader block = header.blocks().get(i);
      BlockSummary summary =
          new BlockSummary(
              with.accounts().account(block.topic()),
              new Identity(block.producer(), block.epoch()),
              block.firstSequence(),
              block.count(),
              block.dataBytes(),
              i == 0 ? held : 0,
              openedNanos,
              i < acks.size() ? acks.get(i) : null);
      summary.account().recovered(block.count(), block.dataBytes());
      blocks.add(summary);
    }
    SealedRecord record =
        new SealedRecord(
            loaded.data(),
            header.partitionKey(),
            header.laneHashKey(),
            header.hashedByKey(),
            blocks,
            openedNanos);
    record.ordinal(nextOrdinal.getAsLong());
    record.loadedFrom(place);
    return record;
  }

  /** Memory lets go of a record, which may have come from disk. */
  void letGo(SealedRecord record) {
    if (record.loaded()) {
      bytes -= record.heldBytes();
    }
  }

  /** Whether nothing is on its way. */
  boolean idle() {
    return onTheirWay.isEmpty();
  }
}
