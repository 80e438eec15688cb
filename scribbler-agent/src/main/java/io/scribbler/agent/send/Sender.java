package io.scribbler.agent.send;

import io.scribbler.agent.batch.Accumulator;
import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.batch.EncodedBlock;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.SealedBatch;
import io.scribbler.agent.metrics.Counts;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.metrics.RequestObserver;
import io.scribbler.agent.metrics.SpoolStats;
import io.scribbler.agent.metrics.StreamStats;
import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.PutOutcome;
import io.scribbler.agent.send.RecordPutter.ShardsOutcome;
import io.scribbler.agent.shard.LaneMap;
import io.scribbler.agent.spool.Spool;
import io.scribbler.record.FirehoseRecordBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Sends one stream's messages. One thread ({@link SenderThread}) owns it and steps it by {@link
 * #runOnce}: it seals batches that have waited long enough, takes encoded blocks in the order of
 * sealing into the records of their lanes, fills requests, and applies their outcomes record by
 * record. Requests and look-ups run on other threads, which only post what came of them.
 *
 * <p>A record is in exactly one place: its lane's queue, or one request. It leaves by being
 * delivered, or goes back to the head of its lane.
 */
public final class Sender implements StreamStats {
  private final SenderSettings settings;
  private final RecordPutter putter;
  private final Executor requests;
  private final MemoryBudget memory;
  private final RefusedRecords refused;
  private final Spool spool;
  private final OverflowSettings overflowSettings;
  private final RequestObserver observer;
  private final Consumer<String> spoolTrouble;
  private final LongSupplier clock;
  private final LongSupplier wallMillis;
  private final RandomGenerator random;
  private final Delivery delivery;
  private final Runnable wake;
  private final long startedNanos;
  private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();

  // Owned by the sender's thread.
  private Accumulator accumulator;
  private final RequestBuilder builder;
  private final Window window;
  private final ShardWatch watch;
  private final Linger linger;
  private final Set<Request> underWay = new HashSet<>();
  private Lanes lanes; // null until the shards are known or assumed
  private LaneMap nextMap; // not changed over to yet; null if there is none
  private Overflow overflow;
  private final Deque<Request> halves = new ArrayDeque<>(); // of refused requests, to be sent next
  private final Set<Bisection> bisections = new HashSet<>();
  private final Set<SealedRecord> refusing = new HashSet<>(); // not in the dead-letter file yet
  private boolean sendable = true; // false while the look-up says that nothing will be taken
  private boolean draining;
  private long deliveredCount;
  private boolean closed; // what is answered from now on is not counted
  private CompletableFuture<Void> storing; // what is held goes to disk; null while it is sent
  private List<SealedRecord> left = List.of(); // what the disk did not take in the end

  // Written by the sender's thread, read by others.
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile long oldestNanos = NOTHING;
  private volatile int inFlight;
  private volatile int laneCount;
  private volatile long spooledBytes;
  private volatile long deliveredRecords;

  private static final long NOTHING = Long.MAX_VALUE;
  private static final long READ_SECONDS = 10;

  /** How long the shards are waited for before they are assumed. */
  private static final long LOOK_UP_NANOS = 2_000_000_000L;

  /** How many records a request has while it is not known whether any will be taken. */
  private static final int PROBE_RECORDS = 8;

  /** Reasons under which dead letters are counted. */
  private static final String TOO_LARGE = "too_large";

  private static final String REFUSED = "refused";

  /** What a sender works with. */
  public record Surroundings(
      RecordPutter putter,
      Executor requests,
      MemoryBudget memory,
      RefusedRecords refused,
      RequestObserver observer,
      Delivery delivery,
      Spool spool,
      OverflowSettings overflow,
      Consumer<String> spoolTrouble,
      LongSupplier nanoClock,
      LongSupplier wallMillis,
      RandomGenerator random,
      Runnable wake) {}

  public Sender(SenderSettings settings, Surroundings with) {
    this.settings = settings;
    this.putter = with.putter();
    this.requests = with.requests();
    this.memory = with.memory();
    this.refused = with.refused();
    this.observer = with.observer();
    this.delivery = with.delivery();
    this.spool = with.spool();
    this.overflowSettings = with.overflow();
    this.spoolTrouble = with.spoolTrouble();
    this.wallMillis = with.wallMillis();
    this.clock = with.nanoClock();
    this.random = with.random();
    this.wake = with.wake();
    startedNanos = clock.getAsLong();
    long now = startedNanos;
    builder = new RequestBuilder(settings);
    window = new Window(settings.maxInFlight());
    watch = new ShardWatch(settings.shardRefresh(), now, random);
    linger = new Linger(settings.linger());
  }

  /**
   * Tells where its batches come from and who counts what it holds; once, before the first step.
   */
  public void attach(Accumulator source, Ledger.Stream accounts) {
    accumulator = source;
    overflow =
        new Overflow(
            overflowSettings,
            spool,
            new Overflow.Surroundings(
                memory, accumulator, clock, wallMillis, this::post, spoolTrouble));
    accounts.registerInMemory(this::countHeld);
    accounts.registerOnDisk(overflow::countOnDisk);
  }

  /** Takes what lives before left in the spool. */
  public Spool.Finder finder() {
    return overflow.finder();
  }

  /**
   * A reader of accounts that reads between two steps, when every message is in exactly one place.
   *
   * @param inner reads what is not the sender's consistently
   */
  public Ledger.Reader readerBetweenSteps(Ledger.Reader inner) {
    return accounts -> {
      CompletableFuture<Map<String, Counts>> read = new CompletableFuture<>();
      post(() -> read.complete(inner.read(accounts)));
      return read.orTimeout(READ_SECONDS, TimeUnit.SECONDS).join();
    };
  }

  /** Walks all that is held here. */
  private void countHeld(Ledger.Tally tally) {
    if (lanes != null) {
      lanes.all().forEach(lane -> lane.countHeld(tally));
    }
    for (Request request : underWay) {
      request.records().forEach(record -> record.count(tally));
    }
    for (Request request : halves) {
      request.records().forEach(record -> record.count(tally));
    }
    bisections.forEach(bisection -> bisection.countHeld(tally));
    refusing.forEach(record -> record.count(tally));
    overflow.countHeld(tally);
    left.forEach(record -> record.count(tally));
  }

  /**
   * From now on nothing lingers. Any thread, once the sources have stopped.
   *
   * @return is completed when nothing is held any more, neither in memory nor on disk
   */
  public CompletableFuture<Void> drain() {
    post(() -> draining = true);
    return drained;
  }

  /**
   * The time for delivery is over: all that memory holds goes to disk. Any thread, after {@link
   * #drain}.
   *
   * @return is completed when the disk has it, or takes none; what comes of requests under way is
   *     not counted any more then
   */
  public CompletableFuture<Void> store() {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    post(
        () -> {
          storing = stored;
          overflow.allToDisk();
        });
    return stored;
  }

  /**
   * Does what can be done now.
   *
   * @return when there will be something to do, on the clock; {@link Long#MAX_VALUE} if only when
   *     woken
   */
  long runOnce() {
    long now = clock.getAsLong();
    for (Runnable event = inbox.poll(); event != null; event = inbox.poll()) {
      event.run();
    }
    lookUpShards(now);
    long next = Math.min(watch.nextNanos(), assumeShards(now));
    next = Math.min(next, accumulator.sealDue(now, draining ? 0 : linger.nanos(now)));
    placeEncoded(now);
    if (lanes != null) {
      long since = draining ? now : now - linger.nanos(now);
      long opened = lanes.sealOpenedBefore(since);
      next = Math.min(next, opened == NOTHING ? NOTHING : opened + linger.nanos(now));
      if (storing == null && sendable) {
        next = Math.min(next, dispatch(now));
      }
    }
    next = Math.min(next, overflow.step(delivery.up(), now));
    if (storing != null) {
      storeRest();
    }
    observe();
    return next;
  }

  /** Copies what is under way too; then, whatever is answered, the disk has it. */
  private void storeRest() {
    if (closed) {
      return;
    }
    List<SealedRecord> held = new ArrayList<>(refusing);
    underWay.forEach(request -> held.addAll(request.records()));
    halves.forEach(request -> held.addAll(request.records()));
    bisections.forEach(bisection -> held.addAll(bisection.refused()));
    boolean waits = accumulator.sealed().peek() != null || !overflow.quiet();
    for (SealedRecord record : held) {
      waits |= overflow.copyForLater(record);
    }
    if (lanes != null) {
      for (Lane lane : lanes.all()) {
        lane.queue.forEach(overflow::copyForLater); // what must stay before what is on disk
      }
      waits |= !lanes.allOnDisk();
    }
    if (waits && !(overflow.unable() && overflow.quiet())) {
      return;
    }
    closed = true;
    if (lanes != null) {
      lanes.all().forEach(lane -> held.addAll(lane.takeAll()));
    }
    held.forEach(overflow::releaseCopy);
    underWay.clear();
    halves.clear();
    bisections.clear();
    refusing.clear();
    left = held.stream().filter(record -> record.place() == null).toList();
    storing.complete(null);
  }

  private void lookUpShards(long now) {
    if (watch.ask(now)) {
      requests.execute(
          () -> {
            ShardsOutcome outcome = putter.openShards();
            post(() -> shardsAnswered(outcome));
          });
    }
  }

  private void shardsAnswered(ShardsOutcome outcome) {
    long now = clock.getAsLong();
    if (outcome.failure() == null) {
      watch.answered(now);
      LaneMap found;
      try {
        found = LaneMap.of(outcome.shards(), random);
      } catch (IllegalArgumentException e) {
        watch.failed(now, lanes != null); // listed in the middle of a reshard
        return;
      }
      delivery.shardsKnown(found.size());
      sendable = true;
      if (lanes == null || !lanes.map().sameShards(found)) {
        remap(found);
      }
    } else {
      shardsUnknown(outcome.failure(), now);
    }
  }

  /**
   * Without the shards messages can be sent as well, unless the failure says that they can't be
   * sent either.
   */
  private void shardsUnknown(RecordPutter.Failure failure, long now) {
    watch.failed(now, lanes != null && lanes.map().known());
    boolean waitForOperator =
        failure.kind() == RecordPutter.Kind.HOLD && !failure.text().startsWith("AccessDenied");
    if (lanes == null && waitForOperator) {
      delivery.failed(failure);
      sendable = false;
      remap(LaneMap.assumed(random)); // for the disk
    } else if (lanes == null) {
      delivery.shardsAssumed(failure.text());
      remap(LaneMap.assumed(random));
    }
  }

  /** A look-up that hangs must not keep what comes from the disk. */
  private long assumeShards(long now) {
    long until = startedNanos + LOOK_UP_NANOS;
    if (lanes == null && until - now <= 0) {
      remap(LaneMap.assumed(random));
    }
    return lanes == null ? until : NOTHING;
  }

  /** New batches are made for the new lanes at once; {@link #placeEncoded} changes over. */
  private void remap(LaneMap map) {
    if (nextMap != null || (settings.strict() && lanes != null && !overflow.isEmpty())) {
      return; // first drain what was made for the lanes of before; the next look-up tells again
    }
    long now = clock.getAsLong();
    accumulator.remap(map);
    if (lanes == null) {
      lanes = new Lanes(map, settings.recordSize(), now, random, overflow::sealed);
      overflow.remap(lanes);
      laneCount = map.size();
    } else {
      nextMap = map;
      if (!settings.strict()) {
        changeOver(now);
      }
    }
  }

  private void changeOver(long now) {
    Lanes changed = new Lanes(nextMap, settings.recordSize(), now, random, overflow::sealed);
    changed.adopt(lanes);
    lanes = changed;
    overflow.remap(lanes);
    laneCount = nextMap.size();
    nextMap = null;
  }

  /**
   * Takes what is encoded, in the order of sealing, into the lanes. With strict order, batches of
   * after a reshard wait here until all those of before are delivered.
   */
  private void placeEncoded(long now) {
    Queue<SealedBatch> sealed = accumulator.sealed();
    while (lanes != null) {
      SealedBatch batch = sealed.peek();
      if (batch == null || !batch.done()) {
        break;
      }
      if (nextMap != null && batch.lanes() == nextMap) {
        lanes.sealOpenedBefore(now);
        if (!drainedForChange()) {
          return;
        }
        changeOver(now);
      }
      sealed.poll();
      for (EncodedBlock block : batch.blocks()) {
        place(block);
      }
    }
    if (nextMap != null && sealed.isEmpty() && drainedForChange()) {
      changeOver(now);
    }
  }

  /** Whether nothing is left of what was made for the lanes of before. */
  private boolean drainedForChange() {
    return lanes.idle() && underWay.isEmpty() && overflow.isEmpty();
  }

  private void place(EncodedBlock block) {
    if (block.refusal() != null) {
      refuse(whole(block), TOO_LARGE, block.refusal());
    } else if (settings.wholeRecords()) {
      lanes.addWhole(block);
    } else {
      lanes.add(block);
    }
  }

  private SealedRecord whole(EncodedBlock block) {
    byte[] data = block.bytes();
    if (!settings.wholeRecords()) {
      FirehoseRecordBuilder record = new FirehoseRecordBuilder();
      record.add(data);
      data = record.build();
    }
    return new SealedRecord(
        data,
        block.partitionKey(),
        block.laneHashKey(),
        block.hashedByKey(),
        List.of(block.summary()),
        block.summary().openedNanos());
  }

  /** Holds a record until the dead-letter file has it. */
  private void refuse(SealedRecord record, String reason, String why) {
    refusing.add(record);
    refused.refuse(record, reason, why, () -> post(() -> refused(record, reason)));
  }

  private void refused(SealedRecord record, String reason) {
    if (closed || !refusing.remove(record)) {
      return;
    }
    for (BlockSummary block : record.blocks()) {
      memory.release(block.heldBytes());
      block.account().refused(reason, block.count(), block.dataBytes(), true);
    }
    record.tellInStream();
    overflow.left(record);
  }

  private long dispatch(long now) {
    while (!halves.isEmpty() && underWay.size() < window.size()) {
      send(halves.removeFirst());
    }
    long until = delivery.pausedUntil();
    if (until - now > 0) {
      return until;
    }
    while (underWay.size() < (delivery.up() ? window.size() : 1)) {
      int most = delivery.up() ? Integer.MAX_VALUE : PROBE_RECORDS;
      Request request = builder.next(lanes.all(), most, now);
      if (request == null) {
        return builder.readyAt();
      }
      send(request);
    }
    return NOTHING;
  }

  private void send(Request request) {
    underWay.add(request);
    requests.execute(
        () -> {
          PutOutcome outcome = putter.put(request.records());
          post(() -> answered(request, outcome));
        });
  }

  private void answered(Request request, PutOutcome outcome) {
    if (closed) {
      return; // the disk has it, and a later life delivers it
    }
    long now = clock.getAsLong();
    underWay.remove(request);
    Failure failure = outcome.failure();
    if (failure != null
        && failure.kind() == RecordPutter.Kind.REFUSED
        && search(request, failure)) {
      observer.answered("refused", now - request.sentNanos());
      return;
    }
    Outcomes.Applied applied =
        new Outcomes(this::laneOf, overflowSettings.inOrder(), now).apply(request, outcome);
    applied.delivered().forEach(this::delivered);
    for (SealedRecord record : applied.refused()) {
      refuse(record, REFUSED, applied.recordFailure().text());
    }
    if (request.bisection() != null) {
      request.bisection().answered(!applied.delivered().isEmpty());
      endIfOver(request.bisection());
    }
    if (outcome.failure() == null) {
      window.succeeded();
    } else {
      window.failed();
    }
    if (applied.throttled() > 0) {
      linger.throttled(applied.meanThrottledSize(), now);
    }
    if (applied.elsewhere() && lanes.map().known()) {
      watch.hint(now);
    }
    delivery.answered(applied, outcome.failure(), now);
    observer.answered(applied.name(), now - request.sentNanos());
    applied.retried().forEach(observer::retried);
  }

  /** Searches for the record that makes a request invalid; false if there is nothing to halve. */
  private boolean search(Request request, Failure failure) {
    Bisection bisection = request.bisection();
    if (request.records().size() == 1) {
      if (bisection == null) {
        return false;
      }
      bisection.refused(request, failure);
      endIfOver(bisection);
      return true;
    }
    if (bisection == null) {
      bisection = new Bisection();
      bisections.add(bisection);
    }
    halves.addAll(bisection.halve(request, clock.getAsLong()));
    bisection.halved();
    return true;
  }

  private void endIfOver(Bisection bisection) {
    if (!bisection.over() || !bisections.remove(bisection)) {
      return;
    }
    for (int i = bisection.refused().size() - 1; i >= 0; i--) {
      SealedRecord record = bisection.refused().get(i);
      bisection.lanes().get(i).inFlight.remove(record);
      if (bisection.found()) {
        refuse(record, REFUSED, bisection.failure().text());
      } else {
        laneOf(record).giveBack(record, overflowSettings.inOrder());
      }
    }
    if (!bisection.found() && bisection.failure() != null) {
      delivery.failed(bisection.failure());
    }
  }

  private void delivered(SealedRecord record) {
    deliveredCount++;
    for (BlockSummary block : record.blocks()) {
      memory.release(block.heldBytes());
      block.account().delivered(block.count(), block.dataBytes());
    }
    record.tellInStream();
    overflow.left(record);
  }

  private Lane laneOf(SealedRecord record) {
    return lanes.of(record.laneHashKey());
  }

  private void observe() {
    inFlight = underWay.size();
    spooledBytes = overflow.waitingBytes();
    deliveredRecords = deliveredCount;
    long oldest = NOTHING;
    for (Request request : underWay) {
      oldest = Math.min(oldest, request.oldestNanos());
    }
    if (lanes != null) {
      for (Lane lane : lanes.all()) {
        oldest = Math.min(oldest, lane.oldestNanos());
      }
    }
    SealedBatch first = accumulator.sealed().peek();
    oldest = first == null ? oldest : Math.min(oldest, first.openedNanos());
    oldest = Math.min(oldest, accumulator.oldestOpenedNanos());
    for (SealedRecord record : refusing) {
      oldest = Math.min(oldest, record.openedNanos());
    }
    if (!overflow.isEmpty()) {
      oldest = Math.min(oldest, overflow.oldestNanos());
    }
    oldestNanos = oldest;
    boolean searching = !halves.isEmpty() || !bisections.isEmpty();
    if (draining && oldest == NOTHING && !searching) {
      drained.complete(null);
    }
  }

  private void post(Runnable event) {
    inbox.add(event);
    wake.run();
  }

  @Override
  public double oldestUnsentAgeSeconds() {
    long oldest = oldestNanos;
    return oldest == NOTHING ? 0 : Math.max(0, clock.getAsLong() - oldest) / 1e9;
  }

  @Override
  public boolean deliveryUp() {
    return delivery.up();
  }

  @Override
  public int inFlightRequests() {
    return inFlight;
  }

  @Override
  public long spooledBytes() {
    return spooledBytes;
  }

  @Override
  public SpoolStats spool() {
    return spool.gauge();
  }

  /** How many records Kinesis has taken. */
  public long deliveredRecords() {
    return deliveredRecords;
  }

  @Override
  public int lanes() {
    return laneCount;
  }
}
