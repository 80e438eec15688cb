package io.scribbler.agent.send;

import io.scribbler.agent.batch.Accumulator;
import io.scribbler.agent.batch.SealedBatch;
import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import io.scribbler.agent.send.RecordPutter.ShardsOutcome;
import io.scribbler.agent.shard.LaneMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The lanes of a stream: looks its shards up, makes lanes of them, and changes over when they have
 * changed. Until they are known they are assumed, so that records can be made and reach the disk.
 * Owned by the sender.
 */
final class StreamLanes {
  /** How long the shards are waited for before they are assumed. */
  private static final long LOOK_UP_NANOS = 2_000_000_000L;

  private static final long NEVER = Long.MAX_VALUE;

  private final SenderSettings settings;
  private final Accumulator accumulator;
  private final Overflow overflow;
  private final Delivery delivery;
  private final ShardWatch watch;
  private final RandomGenerator random;
  private final LongSupplier clock;
  private final long startedNanos;

  // Owned by the sender's thread.
  private Lanes lanes; // null until the shards are known or assumed
  private LaneMap next; // not changed over to yet; null if there is none
  private boolean sendable = true; // false while the look-up says that nothing will be taken
  private boolean saidAssumed;

  StreamLanes(
      SenderSettings settings,
      Accumulator accumulator,
      Overflow overflow,
      Delivery delivery,
      RandomGenerator random,
      LongSupplier clock) {
    this.settings = settings;
    this.accumulator = accumulator;
    this.overflow = overflow;
    this.delivery = delivery;
    this.random = random;
    this.clock = clock;
    startedNanos = clock.getAsLong();
    watch = new ShardWatch(settings.shardRefresh(), startedNanos, random);
  }

  /** The lanes now; null while there are none. */
  Lanes current() {
    return lanes;
  }

  /** Whether it is worth while to send. */
  boolean sendable() {
    return sendable;
  }

  /**
   * Looks the shards up if it is time.
   *
   * @param post runs something in the sender's thread
   * @return when there is something to do again, on the clock; {@link Long#MAX_VALUE} if only when
   *     an answer comes
   */
  long lookUp(RecordPutter putter, Executor requests, Consumer<Runnable> post, long now) {
    if (watch.ask(now)) {
      requests.execute(
          () -> {
            ShardsOutcome outcome = putter.openShards();
            post.accept(() -> answered(outcome));
          });
    }
    return Math.min(watch.nextNanos(), assumeInTime(now));
  }

  /** A look-up that hangs must not keep what comes from the disk. */
  private long assumeInTime(long now) {
    long until = startedNanos + LOOK_UP_NANOS;
    if (lanes == null && until - now <= 0) {
      remap(LaneMap.assumed(random));
    }
    return lanes == null ? until : NEVER;
  }

  private void answered(ShardsOutcome outcome) {
    long now = clock.getAsLong();
    if (outcome.failure() != null) {
      unknown(outcome.failure(), now);
      return;
    }
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
  }

  /**
   * Without the shards messages can be sent as well, unless the failure says that they can't be
   * sent either. Then what comes can still reach the disk.
   */
  private void unknown(Failure failure, long now) {
    boolean known = lanes != null && lanes.map().known();
    watch.failed(now, known);
    if (known) {
      return;
    }
    sendable = failure.kind() != Kind.HOLD || failure.text().startsWith("AccessDenied");
    if (!sendable) {
      delivery.failed(failure);
    } else if (!saidAssumed) {
      saidAssumed = true;
      delivery.shardsAssumed(failure.text());
    }
    if (lanes == null) {
      remap(LaneMap.assumed(random));
    }
  }

  /** A record was put into a shard that the lanes don't know. */
  void hint(long now) {
    if (lanes.map().known()) {
      watch.hint(now);
    }
  }

  /** New batches are made for the new lanes at once; {@link #takes} changes over. */
  private void remap(LaneMap map) {
    boolean ordered = settings.strict() && lanes != null;
    if (next != null || (ordered && !overflow.isEmpty())) {
      // What is made for new lanes waits in memory. While the disk has some for the old ones, what
      // comes must still be able to go there, so the old ones stay; the next look-up tells again.
      return;
    }
    accumulator.remap(map);
    next = map;
    if (!ordered) {
      changeOver();
    }
  }

  private void changeOver() {
    Lanes changed =
        new Lanes(next, settings.recordSize(), clock.getAsLong(), random, overflow::sealed);
    if (lanes != null) {
      changed.adopt(lanes);
    }
    lanes = changed;
    overflow.remap(lanes);
    next = null;
  }

  /**
   * Whether a batch may be put into the lanes now. With strict order, one of after a reshard may
   * not until all those of before are delivered.
   */
  boolean takes(SealedBatch batch, BooleanSupplier nothingUnderWay) {
    if (next != null && batch.lanes() == next) {
      lanes.sealOpenedBefore(clock.getAsLong());
      changeOverIfDrained(nothingUnderWay);
    }
    return next == null || batch.lanes() != next;
  }

  /** Changes over if there is something to change to, and nothing is left for the old lanes. */
  void changeOverIfDrained(BooleanSupplier nothingUnderWay) {
    if (next != null && lanes.idle() && nothingUnderWay.getAsBoolean() && overflow.isEmpty()) {
      changeOver();
    }
  }
}
