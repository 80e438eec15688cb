package io.scribbler.agent.send;

import io.scribbler.agent.batch.BatchAck;
import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.spool.BlockHeader;
import io.scribbler.agent.spool.ElementHeader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What lies on disk for one stream: an index, without the bytes and without I/O. A record on disk
 * is a <em>copy</em> while memory holds it too, and <em>waits</em> while only the disk does. The
 * index costs about 24 bytes a record. Owned by the sender.
 */
final class Backlog {
  /** Below one in so many bytes, what is left of a segment is copied forward. */
  private static final int MOSTLY = 4;

  private final Consumer<DiskSegment> settled;
  private final TreeMap<Integer, DiskSegment> segments = new TreeMap<>(); // by number
  private final Map<String, Shelf> shelves = new HashMap<>(); // by lane hash key
  private final Map<Long, List<BatchAck>> awaited = new HashMap<>(); // by record
  private long records;
  private long bytes;

  /** The records of one lane that wait. What was left by a life before is older than all own. */
  private static final class Shelf {
    final LongQueue left = new LongQueue();
    final LongQueue own = new LongQueue();

    LongQueue older() {
      return left.isEmpty() ? own : left;
    }

    int size() {
      return left.size() + own.size();
    }
  }

  /**
   * @param settled is told a segment of which nothing is needed any more, once
   */
  Backlog(Consumer<DiskSegment> settled) {
    this.settled = settled;
  }

  /** A segment to which this life adds, or which a life before left. */
  DiskSegment segment(int number, boolean left) {
    return segments.computeIfAbsent(number, n -> new DiskSegment(n, left));
  }

  /** No record is added to the segment any more. */
  void closed(DiskSegment segment) {
    segment.open = false;
    settleIfEmpty(segment);
  }

  /** A record was found in what a life before left: it waits. */
  void found(DiskSegment segment, int index, int offset, int length, ElementHeader header) {
    segment.add(index, offset, length);
    segment.firstMillis = Math.min(segment.firstMillis, header.acceptedMillis());
    for (BlockHeader block : header.blocks()) {
      segment.move(block.topic(), block.count(), block.dataBytes());
    }
    shelf(header.laneHashKey()).left.addLast(key(segment, index));
    segment.waitingRecords++;
    records++;
    bytes += length;
  }

  /** A record was written: the disk has a copy. */
  void written(Place place, long acceptedMillis) {
    place.segment().firstMillis = Math.min(place.segment().firstMillis, acceptedMillis);
    place.segment().add(place.index(), place.offset(), place.length());
  }

  /** Memory lets go of a record that has a copy: it waits, behind all others of its lane. */
  void released(SealedRecord record) {
    Place place = record.place();
    for (BlockSummary block : record.blocks()) {
      place.segment().move(block.account().name(), block.count(), block.dataBytes());
    }
    List<BatchAck> acks = acksOf(record);
    long key = key(place.segment(), place.index());
    if (!acks.isEmpty()) {
      awaited.put(key, acks);
    }
    shelf(record.laneHashKey()).own.addLast(key);
    place.segment().waitingRecords++;
    records++;
    bytes += place.length();
  }

  /** The record could not be loaded after all: it waits again, before all others of its lane. */
  void notLoaded(Place place, String laneHashKey) {
    Shelf shelf = shelf(laneHashKey);
    (place.segment().left ? shelf.left : shelf.own).addFirst(key(place.segment(), place.index()));
    place.segment().waitingRecords++;
    records++;
    bytes += place.length();
  }

  /** Those of its blocks, if someone waits for the stream to have one of them. */
  private static List<BatchAck> acksOf(SealedRecord record) {
    List<BatchAck> acks = new ArrayList<>();
    boolean any = false;
    for (BlockSummary block : record.blocks()) {
      acks.add(block.ack());
      any |= block.ack() != null && block.ack().wanted() == Acks.STREAM;
    }
    return any ? acks : List.of();
  }

  /**
   * Takes the oldest waiting record of a lane, to be loaded; until {@link #loaded} or {@link
   * #notLoaded} the disk alone has it.
   *
   * @return null if none waits
   */
  Place next(String laneHashKey) {
    Shelf shelf = shelves.get(laneHashKey);
    if (shelf == null || shelf.size() == 0) {
      return null;
    }
    long key = shelf.older().removeFirst();
    Place place = segments.get((int) (key >>> 32)).place((int) key);
    place.segment().waitingRecords--;
    records--;
    bytes -= place.length();
    return place;
  }

  /** A record is in memory again: the disk has a copy. Returns who waits for its blocks. */
  List<BatchAck> loaded(Place place, ElementHeader header) {
    for (BlockHeader block : header.blocks()) {
      place.segment().move(block.topic(), -block.count(), -block.dataBytes());
    }
    List<BatchAck> acks = awaited.remove(key(place.segment(), place.index()));
    return acks == null ? List.of() : acks;
  }

  /** A record is delivered, or given up: its copy is needed no longer. */
  void done(Place place) {
    place.segment().remove(place.index());
    settleIfEmpty(place.segment());
  }

  private void settleIfEmpty(DiskSegment segment) {
    if (!segment.open && segment.live == 0 && segments.remove(segment.number) != null) {
      settled.accept(segment);
    }
  }

  /** The oldest segment in which records wait and to which nothing is added; null if none. */
  DiskSegment oldest() {
    for (DiskSegment segment : segments.values()) {
      if (!segment.open && !segment.waiting.isEmpty()) {
        return segment;
      }
    }
    return null;
  }

  /**
   * A segment most of which is done, and of which nothing is in memory: what is left of it can be
   * copied to a new one, so that its file can go. Null if there is none.
   */
  DiskSegment mostlyDone() {
    for (DiskSegment segment : segments.values()) {
      boolean waits = segment.waitingRecords > 0 && segment.waitingRecords == segment.live;
      if (!segment.open && waits && segment.liveBytes < segment.end / MOSTLY) {
        return segment;
      }
    }
    return null;
  }

  /** Takes a waiting record of a segment, and tells its lane hash key; null if there is none. */
  Place nextOf(DiskSegment segment, Consumer<String> laneHashKey) {
    for (Map.Entry<String, Shelf> each : shelves.entrySet()) {
      Shelf shelf = each.getValue();
      LongQueue queue = segment.left ? shelf.left : shelf.own;
      Place found = null;
      for (int i = queue.size(); i > 0; i--) { // once around, so that the others keep their order
        long key = queue.removeFirst();
        if (found == null && (int) (key >>> 32) == segment.number) {
          found = segment.place((int) key);
        } else {
          queue.addLast(key);
        }
      }
      if (found != null) {
        laneHashKey.accept(each.getKey());
        segment.waitingRecords--;
        records--;
        bytes -= found.length();
        return found;
      }
    }
    return null;
  }

  /**
   * Gives up all records of a segment that wait.
   *
   * @param forgotten is told the lane hash key of each
   */
  void forget(DiskSegment segment, Consumer<String> forgotten) {
    segment.waiting.clear();
    segment.live++; // settled once, below
    shelves.forEach(
        (hashKey, shelf) -> {
          dropFrom(shelf.left, segment, () -> forgotten.accept(hashKey));
          dropFrom(shelf.own, segment, () -> forgotten.accept(hashKey));
        });
    segment.live--;
    settleIfEmpty(segment);
  }

  private void dropFrom(LongQueue queue, DiskSegment segment, Runnable forgotten) {
    for (int i = queue.size(); i > 0; i--) {
      long key = queue.removeFirst();
      if ((int) (key >>> 32) == segment.number) {
        int index = (int) key;
        records--;
        segment.waitingRecords--;
        bytes -= segment.length(index);
        awaited.remove(key);
        segment.remove(index);
        forgotten.run();
      } else {
        queue.addLast(key);
      }
    }
  }

  /** Lane hash keys of which records wait. */
  Iterable<String> lanesWaiting() {
    return shelves.keySet();
  }

  /** How many records of a lane wait. */
  int waiting(String laneHashKey) {
    Shelf shelf = shelves.get(laneHashKey);
    return shelf == null ? 0 : shelf.size();
  }

  /** How many records wait. */
  long waiting() {
    return records;
  }

  /** Bytes on disk of records that wait. */
  long waitingBytes() {
    return bytes;
  }

  /** Whether nothing is known of that is on disk. */
  boolean isEmpty() {
    for (DiskSegment segment : segments.values()) {
      if (segment.live > 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * About when the oldest message that waits was accepted, by its segment; {@link Long#MAX_VALUE}
   * if none waits.
   */
  long oldestMillis() {
    long oldest = Long.MAX_VALUE;
    for (DiskSegment segment : segments.values()) {
      if (!segment.waiting.isEmpty()) {
        oldest = Math.min(oldest, segment.firstMillis);
      }
    }
    return oldest;
  }

  /** Walks what the disk alone has. */
  void count(Ledger.Tally tally) {
    for (DiskSegment segment : segments.values()) {
      segment.waiting.forEach((topic, sum) -> tally.add(topic, sum[0], sum[1]));
    }
  }

  private Shelf shelf(String laneHashKey) {
    return shelves.computeIfAbsent(laneHashKey, k -> new Shelf());
  }

  private static long key(DiskSegment segment, int index) {
    return (long) segment.number << 32 | index;
  }
}
