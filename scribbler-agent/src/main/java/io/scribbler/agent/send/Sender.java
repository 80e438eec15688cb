package io.scribbler.agent.send;

import io.scribbler.agent.batch.Accumulator;
import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.batch.EncodedBlock;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.SealedBatch;
import io.scribbler.agent.metrics.Counts;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.metrics.RequestObserver;
import io.scribbler.agent.metrics.StreamStats;
import io.scribbler.agent.send.RecordPutter.PutOutcome;
import io.scribbler.agent.send.RecordPutter.ShardsOutcome;
import io.scribbler.agent.shard.LaneMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
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
  private final RefusedBlocks refused;
  private final RequestObserver observer;
  private final LongSupplier clock;
  private final RandomGenerator random;
  private final Delivery delivery;
  private final Runnable wake;
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
  private boolean draining;

  // Written by the sender's thread, read by others.
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile long oldestNanos = NOTHING;
  private volatile int inFlight;
  private volatile int laneCount;

  private static final long NOTHING = Long.MAX_VALUE;
  private static final long READ_SECONDS = 10;

  /** What a sender works with. */
  public record Surroundings(
      RecordPutter putter,
      Executor requests,
      MemoryBudget memory,
      RefusedBlocks refused,
      RequestObserver observer,
      Delivery delivery,
      LongSupplier nanoClock,
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
    this.clock = with.nanoClock();
    this.random = with.random();
    this.wake = with.wake();
    long now = clock.getAsLong();
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
    accounts.registerInMemory(this::countHeld);
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
  }

  /**
   * From now on nothing lingers. Any thread, once the sources have stopped.
   *
   * @return is completed when nothing is held any more
   */
  public CompletableFuture<Void> drain() {
    post(() -> draining = true);
    return drained;
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
    long next = watch.nextNanos();
    next = Math.min(next, accumulator.sealDue(now, draining ? 0 : linger.nanos(now)));
    placeEncoded(now);
    if (lanes != null) {
      long since = draining ? now : now - linger.nanos(now);
      long opened = lanes.sealOpenedBefore(since);
      next = Math.min(next, opened == NOTHING ? NOTHING : opened + linger.nanos(now));
      next = Math.min(next, dispatch(now));
    }
    observe();
    return next;
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
    } else if (lanes == null) {
      delivery.shardsAssumed(failure.text());
      remap(LaneMap.assumed(random));
    }
  }

  /** New batches are made for the new lanes at once; {@link #placeEncoded} changes over. */
  private void remap(LaneMap map) {
    if (nextMap != null) {
      return; // first drain for the last change; the next look-up tells again
    }
    long now = clock.getAsLong();
    accumulator.remap(map);
    if (lanes == null) {
      lanes = new Lanes(map, settings.recordSize(), now, random);
      laneCount = map.size();
    } else {
      nextMap = map;
      if (!settings.strict()) {
        changeOver(now);
      }
    }
  }

  private void changeOver(long now) {
    Lanes changed = new Lanes(nextMap, settings.recordSize(), now, random);
    changed.adopt(lanes);
    lanes = changed;
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
        if (!lanes.idle() || !underWay.isEmpty()) {
          return;
        }
        changeOver(now);
      }
      sealed.poll();
      for (EncodedBlock block : batch.blocks()) {
        place(block);
      }
    }
    if (nextMap != null && sealed.isEmpty() && lanes.idle() && underWay.isEmpty()) {
      changeOver(now);
    }
  }

  private void place(EncodedBlock block) {
    if (block.refusal() != null) {
      refused.refuse(block);
      memory.release(block.summary().heldBytes());
    } else if (settings.wholeRecords()) {
      lanes.addWhole(block);
    } else {
      lanes.add(block);
    }
  }

  private long dispatch(long now) {
    long until = delivery.pausedUntil();
    if (until - now > 0) {
      return until;
    }
    while (underWay.size() < (delivery.up() ? window.size() : 1)) {
      Request request = builder.next(lanes.all(), now);
      if (request == null) {
        return builder.readyAt();
      }
      underWay.add(request);
      requests.execute(
          () -> {
            PutOutcome outcome = putter.put(request.records());
            post(() -> answered(request, outcome));
          });
    }
    return NOTHING;
  }

  private void answered(Request request, PutOutcome outcome) {
    long now = clock.getAsLong();
    underWay.remove(request);
    Outcomes.Applied applied = new Outcomes(this::laneOf, now).apply(request, outcome);
    for (SealedRecord record : applied.delivered()) {
      for (BlockSummary block : record.blocks()) {
        memory.release(block.heldBytes());
        block.account().delivered(block.count(), block.dataBytes());
        if (block.ack() != null) {
          block.ack().onDisk();
          block.ack().inStream();
        }
      }
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

  private Lane laneOf(SealedRecord record) {
    return lanes.of(record.laneHashKey());
  }

  private void observe() {
    inFlight = underWay.size();
    long oldest = NOTHING;
    for (Request request : underWay) {
      oldest = Math.min(oldest, request.oldestNanos());
    }
    if (lanes != null) {
      for (Lane lane : lanes.all()) {
        SealedRecord first = lane.queue.peekFirst();
        oldest = first == null ? oldest : Math.min(oldest, first.openedNanos());
        oldest = lane.hasOpenRecord() ? Math.min(oldest, lane.openedNanos()) : oldest;
      }
    }
    SealedBatch first = accumulator.sealed().peek();
    oldest = first == null ? oldest : Math.min(oldest, first.openedNanos());
    oldest = Math.min(oldest, accumulator.oldestOpenedNanos());
    oldestNanos = oldest;
    if (draining && oldest == NOTHING) {
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
  public int lanes() {
    return laneCount;
  }
}
