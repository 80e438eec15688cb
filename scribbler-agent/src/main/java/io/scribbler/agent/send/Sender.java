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
import io.scribbler.agent.send.RecordPutter.PutOutcome;
import io.scribbler.agent.spool.Spool;
import io.scribbler.record.FirehoseRecordBuilder;
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
  private final RefusedRecords deadLetters;
  private final Spool spool;
  private final OverflowSettings overflowSettings;
  private final RequestObserver observer;
  private final Consumer<String> spoolTrouble;
  private final LongSupplier clock;
  private final LongSupplier wallMillis;
  private final RandomGenerator random;
  private final Delivery delivery;
  private final Runnable wake;
  private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();

  // Owned by the sender's thread.
  private Accumulator accumulator;
  private final RequestBuilder builder;
  private final Window window;
  private final Linger linger;
  private final Set<Request> underWay = new HashSet<>();
  private Overflow overflow;
  private StreamLanes streamLanes;
  private Refusals refusals;
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

  /** How many records a request has while it is not known whether any will be taken. */
  private static final int PROBE_RECORDS = 8;

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
    this.deadLetters = with.refused();
    this.observer = with.observer();
    this.delivery = with.delivery();
    this.spool = with.spool();
    this.overflowSettings = with.overflow();
    this.spoolTrouble = with.spoolTrouble();
    this.wallMillis = with.wallMillis();
    this.clock = with.nanoClock();
    this.random = with.random();
    this.wake = with.wake();
    builder = new RequestBuilder(settings);
    window = new Window(settings.maxInFlight());
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
    streamLanes = new StreamLanes(settings, accumulator, overflow, delivery, random, clock);
    refusals =
        new Refusals(deadLetters, memory, overflow, this::post, this::giveBack, delivery::failed);
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
    Lanes lanes = streamLanes.current();
    if (lanes != null) {
      lanes.all().forEach(lane -> lane.countHeld(tally));
    }
    for (Request request : underWay) {
      request.records().forEach(record -> record.count(tally));
    }
    refusals.countHeld(tally);
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
    long next = streamLanes.lookUp(putter, requests, this::post, now);
    next = Math.min(next, accumulator.sealDue(now, draining ? 0 : linger.nanos(now)));
    placeEncoded();
    Lanes lanes = streamLanes.current();
    if (lanes != null) {
      long since = draining ? now : now - linger.nanos(now);
      long opened = lanes.sealOpenedBefore(since);
      next = Math.min(next, opened == NOTHING ? NOTHING : opened + linger.nanos(now));
      if (storing == null && streamLanes.sendable()) {
        next = Math.min(next, dispatch(lanes, now));
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
    List<SealedRecord> held = refusals.held();
    underWay.forEach(request -> held.addAll(request.records()));
    boolean waits = accumulator.sealed().peek() != null || !overflow.quiet();
    for (SealedRecord record : held) {
      waits |= overflow.copyForLater(record);
    }
    Lanes lanes = streamLanes.current();
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
    refusals.clear();
    left = held.stream().filter(record -> record.place() == null).toList();
    storing.complete(null);
  }

  /**
   * Takes what is encoded, in the order of sealing, into the lanes. With strict order, batches of
   * after a reshard wait here until all those of before are delivered.
   */
  private void placeEncoded() {
    Queue<SealedBatch> sealed = accumulator.sealed();
    if (streamLanes.current() == null) {
      return;
    }
    SealedBatch batch = sealed.peek();
    while (batch != null && batch.done()) {
      // At a stop all goes to the disk, into the lanes that its hash keys belong to now: nothing is
      // sent any more, and the next life, whose lanes are the new ones, reads each in this order.
      if (storing == null && !streamLanes.takes(batch, underWay::isEmpty)) {
        return;
      }
      sealed.poll();
      batch.blocks().forEach(this::place);
      batch = sealed.peek();
    }
    if (sealed.isEmpty()) {
      streamLanes.changeOverIfDrained(underWay::isEmpty);
    }
  }

  private void place(EncodedBlock block) {
    if (block.refusal() != null) {
      refusals.refuse(whole(block), Refusals.TOO_LARGE, block.refusal());
    } else if (settings.wholeRecords()) {
      streamLanes.current().addWhole(block);
    } else {
      streamLanes.current().add(block);
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

  private long dispatch(Lanes lanes, long now) {
    Request part = underWay.size() < window.size() ? refusals.next() : null;
    while (part != null) {
      send(part);
      part = underWay.size() < window.size() ? refusals.next() : null;
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
    if (refusals.searches(request, outcome.failure(), now)) {
      observer.answered("refused", now - request.sentNanos());
      return;
    }
    Outcomes.Applied applied =
        new Outcomes(this::laneOf, overflowSettings.inOrder(), now).apply(request, outcome);
    applied.delivered().forEach(this::delivered);
    for (SealedRecord record : applied.refused()) {
      refusals.refuse(record, Refusals.REFUSED, applied.recordFailure().text());
    }
    refusals.answered(request, !applied.delivered().isEmpty());
    if (outcome.failure() == null) {
      window.succeeded();
    } else {
      window.failed();
    }
    if (applied.throttled() > 0) {
      linger.throttled(applied.meanThrottledSize(), now);
    }
    if (applied.elsewhere()) {
      streamLanes.hint(now);
    }
    delivery.answered(applied, outcome.failure(), now);
    observer.answered(applied.name(), now - request.sentNanos());
    applied.retried().forEach(observer::retried);
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
    return streamLanes.current().of(record.laneHashKey());
  }

  private void giveBack(SealedRecord record) {
    laneOf(record).giveBack(record, overflowSettings.inOrder());
  }

  private void observe() {
    inFlight = underWay.size();
    spooledBytes = overflow.waitingBytes();
    deliveredRecords = deliveredCount;
    long oldest = NOTHING;
    for (Request request : underWay) {
      oldest = Math.min(oldest, request.oldestNanos());
    }
    Lanes lanes = streamLanes.current();
    if (lanes != null) {
      laneCount = lanes.map().size();
      for (Lane lane : lanes.all()) {
        oldest = Math.min(oldest, lane.oldestNanos());
      }
    }
    SealedBatch first = accumulator.sealed().peek();
    oldest = first == null ? oldest : Math.min(oldest, first.openedNanos());
    oldest = Math.min(oldest, accumulator.oldestOpenedNanos());
    oldest = Math.min(oldest, refusals.oldestNanos());
    if (!overflow.isEmpty()) {
      oldest = Math.min(oldest, overflow.oldestNanos());
    }
    oldestNanos = oldest;
    if (draining && oldest == NOTHING && refusals.isEmpty()) {
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
