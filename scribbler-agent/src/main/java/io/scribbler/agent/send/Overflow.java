package io.scribbler.agent.send;

import io.scribbler.agent.batch.Accumulator;
import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.config.WhenFull;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.spool.BlockHeader;
import io.scribbler.agent.spool.Spool;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What memory can't hold, or must not be the only one to hold: decides which records go to disk and
 * which come back. Owned by the sender, in whose thread everything happens; the spool's answers are
 * posted to it.
 *
 * <p>A record goes to disk as a copy, while it waits to be sent, when someone wants it acknowledged
 * from there; and for good when memory is short, the oldest of the lane with most of them first.
 * Its memory is given back when the disk has it.
 */
final class Overflow {
  /** The reason under which messages are counted that neither memory nor disk had room for. */
  static final String SPOOL_FULL = "spool_full";

  /** The reason for those that can't be read back as they were written. */
  static final String CORRUPT = "corrupt";

  private static final long RETRY_NANOS = 1_000_000_000L;

  /** How often the spool looks for what others left. */
  private static final long LOOK_NANOS = 10_000_000_000L;

  private final OverflowSettings settings;
  private final Spool spool;
  private final MemoryBudget memory;
  private final Accumulator accounts;
  private final LongSupplier clock;
  private final LongSupplier wallMillis;
  private final Consumer<Runnable> post;
  private final Consumer<String> trouble;
  private final Backlog backlog;
  private final Reload reload;

  // Owned by the sender's thread.
  private final Set<SealedRecord> spilling =
      new TreeSet<>((a, b) -> Long.compare(a.ordinal(), b.ordinal())); // in no lane any more
  private final Set<SealedRecord> uncopied =
      new TreeSet<>((a, b) -> Long.compare(a.ordinal(), b.ordinal())); // the disk took no copy
  private long spillingBytes; // of the memory budget
  private int writing; // records, copies included
  private Lanes lanes; // null until there are some
  private long nextOrdinal;
  private int newestSegment = -1;
  private boolean finding = true; // what was left at the start is not all found
  private boolean full;
  private long notBeforeNanos; // the disk has just refused
  private boolean down; // since the last write that succeeded
  private boolean allToDisk;
  private long lookNanos;
  private DiskSegment forwarding; // what is left of it is being written again; null if none is

  Overflow(OverflowSettings settings, Spool spool, Surroundings with) {
    this.settings = settings;
    this.spool = spool;
    memory = with.memory;
    accounts = with.accounts;
    clock = with.clock;
    wallMillis = with.wallMillis;
    post = with.post;
    trouble = with.trouble;
    backlog = new Backlog(this::settled);
    reload = new Reload(settings, spool, with, backlog, () -> nextOrdinal++);
    notBeforeNanos = clock.getAsLong();
    lookNanos = notBeforeNanos + LOOK_NANOS;
  }

  /**
   * What it works with.
   *
   * @param post runs something in the sender's thread, in the order of posting
   * @param trouble is told, in a line, what an operator should know
   */
  record Surroundings(
      MemoryBudget memory,
      Accumulator accounts,
      LongSupplier clock,
      LongSupplier wallMillis,
      Consumer<Runnable> post,
      Consumer<String> trouble) {}

  /** Tells this what others left; the spool's thread calls it. */
  Spool.Finder finder() {
    return new Spool.Finder() {
      @Override
      public void found(int segment, List<Spool.Found> records, long damaged) {
        post.accept(() -> Overflow.this.found(segment, records));
      }

      @Override
      public void foundAll() {
        post.accept(() -> finding = false);
      }
    };
  }

  private void found(int number, List<Spool.Found> records) {
    DiskSegment segment = backlog.segment(number, true);
    for (Spool.Found record : records) {
      for (BlockHeader block : record.header().blocks()) {
        accounts.account(block.topic()).found(block.count(), block.dataBytes());
      }
      backlog.found(segment, record.index(), record.offset(), record.length(), record.header());
      waits(record.header().laneHashKey(), 1);
    }
    backlog.closed(segment);
  }

  /** A segment is done; what could not be read of it is kept aside with it. */
  private void settled(DiskSegment segment) {
    segment.waiting.forEach(
        (topic, sum) -> {
          accounts.account(topic).recovered(sum[0], sum[1]);
          accounts.account(topic).refused(CORRUPT, sum[0], sum[1], true);
        });
    spool.settled(segment.number);
  }

  /** Counts a record that begins, or ends, to be only on disk or on its way. */
  private void waits(String laneHashKey, int sign) {
    if (lanes != null) {
      lanes.of(laneHashKey).onDisk += sign;
    }
  }

  /** From now on these are the lanes. What waits in lanes of before was handed over. */
  void remap(Lanes changed) {
    lanes = changed;
    for (String hashKey : backlog.lanesWaiting()) {
      lanes.of(hashKey).onDisk += backlog.waiting(hashKey);
    }
    reload.remap(lanes);
    spilling.forEach(record -> lanes.of(record.laneHashKey()).onDisk++);
  }

  /** A record is ready: it waits in its lane, and is copied to disk if someone wants that. */
  void sealed(Lane lane, SealedRecord record) {
    record.ordinal(nextOrdinal++);
    if (record.wantedOnDisk()) {
      copy(record);
    }
    if (settings.inOrder() && behindDisk(lane)) {
      lane.enqueueBehindDisk(record);
    } else {
      lane.enqueue(record);
    }
  }

  private boolean behindDisk(Lane lane) {
    return lane.onDisk > 0 || finding || !lane.tail.isEmpty();
  }

  private void copy(SealedRecord record) {
    if (refusing()) {
      uncopied.add(record);
    } else {
      write(record);
    }
  }

  private boolean refusing() {
    return notBeforeNanos - clock.getAsLong() > 0;
  }

  private void write(SealedRecord record) {
    record.writing(true);
    writing++;
    long ageNanos = clock.getAsLong() - record.openedNanos();
    long acceptedMillis = wallMillis.getAsLong() - ageNanos / 1_000_000;
    spool.write(
        record.header(settings.destination(), acceptedMillis),
        record.data(),
        () -> !record.gone(),
        written -> post.accept(() -> written(record, acceptedMillis, written)));
  }

  private void written(SealedRecord record, long acceptedMillis, Spool.Written written) {
    record.writing(false);
    writing--;
    if (written instanceof Spool.Written.Stored stored) {
      stored(record, acceptedMillis, stored);
    } else if (written instanceof Spool.Written.NotStored not) {
      notStored(record, not);
    }
  }

  private void stored(SealedRecord record, long acceptedMillis, Spool.Written.Stored stored) {
    full = false;
    if (down) {
      down = false;
      trouble.accept("the spool takes records again");
    }
    DiskSegment segment = backlog.segment(stored.segment(), false);
    if (stored.segment() != newestSegment) {
      int before = newestSegment;
      newestSegment = stored.segment();
      if (before >= 0) {
        backlog.closed(backlog.segment(before, false));
      }
    }
    Place place = new Place(segment, stored.index(), stored.offset(), stored.length());
    backlog.written(place, acceptedMillis);
    if (record.gone()) {
      finish(place);
      return;
    }
    Place before = record.place();
    record.place(place);
    record.tellOnDisk();
    if (before != null) {
      finish(before); // it was copied forward
    }
    if (spilling.remove(record)) {
      spillingBytes -= record.heldBytes();
      release(record);
    }
    if (before != null) {
      forwardNext();
    }
  }

  /** Memory lets go of a record that the disk has. */
  private void release(SealedRecord record) {
    for (BlockSummary block : record.blocks()) {
      block.account().spooled(block.count(), block.dataBytes());
      memory.release(block.heldBytes());
    }
    reload.letGo(record);
    backlog.released(record);
  }

  private void notStored(SealedRecord record, Spool.Written.NotStored not) {
    full = not.full();
    notBeforeNanos = clock.getAsLong() + RETRY_NANOS;
    down = true;
    trouble.accept(not.why());
    if (spilling.remove(record)) {
      spillingBytes -= record.heldBytes();
      waits(record.laneHashKey(), -1);
      if (record.loaded()) {
        forwarding = null;
        reload.enqueue(record);
      } else {
        lanes.of(record.laneHashKey()).putBack(record, settings.inOrder());
      }
    }
    if (!record.gone() && record.place() == null && record.wantedOnDisk()) {
      uncopied.add(record);
    }
  }

  /** A record is delivered or given up: it is needed nowhere any more. */
  void left(SealedRecord record) {
    record.leave();
    uncopied.remove(record);
    reload.letGo(record);
    if (record.place() != null) {
      finish(record.place());
    }
  }

  private void finish(Place place) {
    spool.done(place.segment().number, place.index());
    backlog.done(place);
  }

  /**
   * Moves what has to be moved now.
   *
   * @param deliveryUp whether records leave, so that it is worth while to load more
   * @return when there is something to do again, on the clock
   */
  long step(boolean deliveryUp, long nowNanos) {
    if (nowNanos - lookNanos >= 0) {
      lookNanos = nowNanos + LOOK_NANOS;
      spool.look();
      if (lanes != null) {
        copyForward();
      }
    }
    if (lanes == null) {
      return lookNanos;
    }
    if (settings.inOrder() && !finding) {
      for (Lane lane : lanes.all()) {
        if (lane.onDisk == 0 && !lane.tail.isEmpty()) {
          lane.joinTail();
        }
      }
    }
    if (!refusing()) {
      for (SealedRecord record : uncopied) {
        if (!record.writing()) {
          write(record);
        }
      }
      uncopied.clear();
      spill();
    } else if (full && pressed()) {
      giveUp();
    }
    if (!allToDisk) {
      reload.load(deliveryUp);
    }
    boolean waits = !uncopied.isEmpty() || pressed();
    return refusing() && waits ? Math.min(lookNanos, notBeforeNanos) : lookNanos;
  }

  private boolean pressed() {
    return memory.used() - spillingBytes > settings.highWater() && queuedBytes() > 0;
  }

  private long queuedBytes() {
    long bytes = 0;
    for (Lane lane : lanes.all()) {
      bytes += lane.queuedBytes;
    }
    return bytes;
  }

  private void spill() {
    boolean more = allToDisk || (pressed() && queuedBytes() > settings.memoryLimit() / 8);
    while (more) {
      Lane lane = mostQueued();
      if (lane == null) {
        return;
      }
      if (settings.inOrder() && lane.onDisk == 0 && lane.tail.isEmpty()) {
        lane.beginSpill().forEach(this::copyForLater);
      }
      SealedRecord record = lane.takeOldest(settings.inOrder());
      lane.onDisk++;
      if (record.place() != null) {
        release(record);
      } else {
        spilling.add(record);
        spillingBytes += record.heldBytes();
        if (!record.writing()) {
          write(record);
        }
      }
      more = allToDisk || memory.used() - spillingBytes > settings.lowWater();
    }
  }

  private Lane mostQueued() {
    Lane most = null;
    long mostBytes = 0;
    for (Lane lane : lanes.all()) {
      long bytes = lane.spillableBytes(settings.inOrder());
      if (bytes > mostBytes) {
        most = lane;
        mostBytes = bytes;
      }
    }
    return most;
  }

  /** Neither memory nor disk has room: gives up what the settings say, until there is some. */
  private void giveUp() {
    if (settings.whenFull() == WhenFull.BLOCK) {
      return;
    }
    DiskSegment oldest = settings.whenFull() == WhenFull.DROP_OLDEST ? backlog.oldest() : null;
    if (oldest != null) {
      oldest.waiting.forEach(
          (topic, sum) -> {
            accounts.account(topic).recovered(sum[0], sum[1]);
            accounts.account(topic).dropped(SPOOL_FULL, sum[0], sum[1]);
          });
      backlog.forget(oldest, hashKey -> waits(hashKey, -1));
      notBeforeNanos = clock.getAsLong(); // there is room now
      return;
    }
    while (pressed()) {
      Lane lane = mostQueued();
      if (lane == null) {
        return;
      }
      if (settings.inOrder() && lane.tail.isEmpty()) {
        lane.beginSpill();
      }
      boolean newest = settings.whenFull() == WhenFull.DROP_NEWEST;
      drop(newest ? lane.takeNewest() : lane.takeOldest(settings.inOrder()));
    }
  }

  private void drop(SealedRecord record) {
    for (BlockSummary block : record.blocks()) {
      block.account().dropped(SPOOL_FULL, block.count(), block.dataBytes());
      memory.release(block.heldBytes());
    }
    record.tellInStream();
    left(record);
  }

  /**
   * Frees the disk of a segment that a few records of a slow lane keep, when the spool is half
   * full: they are written again, one after the other. Not in order: they would change places.
   */
  private void copyForward() {
    boolean worthwhile = spool.gauge().usedBytes() > spool.gauge().maxBytes() / 2;
    if (settings.inOrder() || allToDisk || !worthwhile || forwarding != null || refusing()) {
      return;
    }
    forwarding = backlog.mostlyDone();
    if (forwarding != null) {
      forwardNext();
    }
  }

  private void forwardNext() {
    String[] hashKey = {null};
    boolean more = forwarding != null && !allToDisk;
    Place place = more ? backlog.nextOf(forwarding, key -> hashKey[0] = key) : null;
    if (place == null) {
      forwarding = null;
      copyForward(); // there may be another
      return;
    }
    reload.fetch(place, hashKey[0], this::forward);
  }

  private void forward(SealedRecord record) {
    if (record == null) {
      forwarding = null;
      return;
    }
    spilling.add(record);
    spillingBytes += record.heldBytes();
    write(record);
  }

  /** From now on all that is ready goes to disk, and nothing comes back. */
  void allToDisk() {
    allToDisk = true;
  }

  /** Copies a record that is under way, if there is no copy; true while that takes. */
  boolean copyForLater(SealedRecord record) {
    if (record.place() != null || record.gone()) {
      return false;
    }
    if (!record.writing() && !refusing()) {
      write(record);
    }
    return record.writing();
  }

  /** Memory lets go of a record, at the end, if the disk has a copy. */
  void releaseCopy(SealedRecord record) {
    if (record.place() != null && !record.gone()) {
      waits(record.laneHashKey(), 1);
      release(record);
    }
  }

  /** When the oldest message on disk was accepted, as far as it is known. */
  long oldestNanos() {
    long oldest = Long.MAX_VALUE;
    for (SealedRecord record : spilling) {
      oldest = Math.min(oldest, record.openedNanos());
    }
    long millis = backlog.oldestMillis();
    if (millis != Long.MAX_VALUE) {
      long ageMillis = Math.max(0, wallMillis.getAsLong() - millis);
      oldest = Math.min(oldest, clock.getAsLong() - ageMillis * 1_000_000);
    }
    return oldest == Long.MAX_VALUE ? clock.getAsLong() : oldest;
  }

  /** Whether the disk has just refused, so that what is in memory stays there. */
  boolean unable() {
    return refusing();
  }

  /** Whether nothing is on its way to or from the disk. */
  boolean quiet() {
    return writing == 0 && reload.idle();
  }

  /** Whether the disk has nothing that has to be delivered. */
  boolean isEmpty() {
    return !finding && backlog.waiting() == 0 && quiet();
  }

  /** Walks what memory holds on its way to disk. */
  void countHeld(Ledger.Tally tally) {
    spilling.forEach(record -> record.count(tally));
  }

  /** Walks what only the disk has. */
  void countOnDisk(Ledger.Tally tally) {
    backlog.count(tally);
  }

  long waitingBytes() {
    return backlog.waitingBytes();
  }
}
