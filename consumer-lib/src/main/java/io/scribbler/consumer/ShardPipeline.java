package io.scribbler.consumer;

import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.engine.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to one shard's records, from the engine to the handler and the checkpoint.
 *
 * <pre>
 *   engine's thread             handler threads (lanes)                any of them
 *   ───────────────             ───────────────────────                ───────────
 *   records ─ ShardIntake ────▶ Work ─ DuplicateFilter ─ BatchDelivery ──▶ low watermark ─ Committer
 *             (memory first)    (a part of the batch for each lane)        (the batches before it are done)
 * </pre>
 *
 * <p>This object's monitor guards the queues and states; it is held for moments, once a batch,
 * never over a call of the handler or of the store.
 */
final class ShardPipeline implements ShardProcessor {
  private static final Logger log = LoggerFactory.getLogger(ShardPipeline.class);
  private static final int MOST_BATCHES = 16;

  /** How far this host's clock and Kinesis's may be apart. */
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);

  /** What a last commit may take when the time to drain is over. */
  private static final long LAST_COMMIT_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long LONG_WAIT_NANOS = Duration.ofDays(1).toNanos();

  /** Reads are at most a minute apart, unless they fail. */
  private static final long LONGEST_SILENCE_NANOS = Duration.ofMinutes(2).toNanos();

  private enum Phase {
    RUNNING,
    /** Takes nothing more; what was taken is handled. */
    DRAINING,
    STOPPED,
    /** The lease is gone, or was given back. */
    OVER
  }

  private final ShardLease lease;
  private final ProcessingSettings settings;
  private final ConsumerCore core;
  private final ShardCounters counters;
  private final Committer committer;
  private final DuplicateFilter duplicates;
  private final AssignedHandler handler;
  private final boolean commitsItself;
  private final ShardIntake intake;
  private final ShardCommits commits;
  private final ShardTrouble trouble;

  // Written with this monitor; read by wantsMore without.
  private volatile Phase phase = Phase.RUNNING;

  // Guarded by this.
  private final LaneQueues lanes = new LaneQueues();
  private final Watermark watermark;
  private boolean endGiven;
  private boolean endTold;
  private boolean endCommitted;
  private boolean closingTold;
  private long uncommittedNanos;

  ShardPipeline(ShardLease lease, ProcessingSettings settings, ConsumerCore core) {
    this.lease = lease;
    this.settings = settings;
    this.core = core;
    this.counters = core.counters(lease.stream());
    this.committer = new Committer(lease, this::upTo, core.time(), this::lost);
    Assignment assignment = new Assignment(lease, committer);
    this.handler = settings.handlers().apply(assignment);
    this.commitsItself = !assignment.checkpointsTaken();
    this.duplicates =
        new DuplicateFilter(
            settings.dropDuplicates(), settings.windowBytes(), lease.checkpoint().seen(), counters);
    this.intake = new ShardIntake(this, lease, settings, core);
    this.trouble = new ShardTrouble("shard " + lease.shardId() + " of " + lease.stream());
    this.watermark = new Watermark(committer.committed(), lease.checkpoint().upTo());
    this.commits =
        new ShardCommits(
            committer,
            duplicates,
            settings.checkpointInterval(),
            core.time(),
            committer.committed(),
            lease.checkpoint().upTo());
  }

  /** Starts the handler threads. */
  synchronized void begin() {
    for (int i = 0; i < settings.parallelism(); i++) {
      String name = "scribbler-" + lease.shardId() + (settings.parallelism() == 1 ? "" : "-" + i);
      HandlerLane lane = new HandlerLane(this, settings, handler, counters, name);
      lanes.add(lane);
    }
    lanes.all().forEach(HandlerLane::start);
  }

  String stream() {
    return lease.stream();
  }

  String shardId() {
    return lease.shardId();
  }

  Time time() {
    return core.time();
  }

  // ---- what the engine calls ----

  @Override
  public synchronized boolean hasRoom() {
    return phase == Phase.RUNNING
        && !core.paused()
        && watermark.batches() < MOST_BATCHES
        && intake.hasRoom();
  }

  @Override
  public void records(List<StreamRecord> records, long newMillisBehind)
      throws InterruptedException {
    if (!awaitRoom()) {
      return;
    }
    // Before, so that what is committed doesn't hang on how fast the new ones are handled.
    commitIfDue();
    try {
      intake.feed(records, newMillisBehind);
    } catch (StopShard e) {
      stop(e);
    }
  }

  /** Waits for room; false when nothing is wanted any more. */
  private synchronized boolean awaitRoom() throws InterruptedException {
    while (phase == Phase.RUNNING && !hasRoom()) {
      core.time().waitOn(this, Duration.ofMillis(100).toNanos());
    }
    return phase == Phase.RUNNING;
  }

  @Override
  public void idle(long newMillisBehind) {
    synchronized (this) {
      if (phase != Phase.RUNNING) {
        return;
      }
      if (watermark.allDone()) {
        boolean everything = newMillisBehind == 0 && intake.reachedStart();
        watermark.idle(newMillisBehind, everything ? now().minus(CLOCKS_DIFFER) : null, nanos());
        intake.quiet();
        if (handler.tellsIdle() && lanes.firstHasNothing() && !core.paused()) {
          lanes.give(new HandlerLane.Idle(newMillisBehind));
          notifyAll();
        }
      }
    }
    commitIfDue();
  }

  private long nanos() {
    return core.time().nanoTime();
  }

  private Instant now() {
    return core.now();
  }

  @Override
  public void ended(Runnable done) {
    committer.whenEndCommitted(
        () -> {
          finished();
          done.run();
        });
    synchronized (this) {
      endGiven = true;
      tellEndWhenDone();
    }
  }

  /** The end is committed: nothing is left to do. May be called within the handler's ended(). */
  private void finished() {
    synchronized (this) {
      phase = Phase.OVER;
      endCommitted = true;
      intake.close();
      notifyAll();
    }
    core.gone(this);
  }

  /** Once everything before the end is done the handler hears of it. */
  private void tellEndWhenDone() {
    if (endGiven && !endTold && watermark.allDone() && phase == Phase.RUNNING) {
      endTold = true;
      lanes.give(new HandlerLane.Ended());
      notifyAll();
    }
  }

  @Override
  public boolean drain(Duration time) throws InterruptedException {
    long deadline = core.time().nanoTime() + time.toNanos();
    boolean drained;
    synchronized (this) {
      if (phase == Phase.RUNNING) {
        phase = Phase.DRAINING;
        notifyAll();
      }
      long left = deadline - core.time().nanoTime();
      while (phase == Phase.DRAINING && lanes.running() > 0 && left > 0) {
        core.time().waitOn(this, left);
        left = deadline - core.time().nanoTime();
      }
      // What a pause holds is left to the next start.
      boolean done = watermark.allDone() || core.paused();
      drained = endCommitted || (phase == Phase.DRAINING && done && lanes.running() == 0);
    }
    boolean stored = commitWithin(Math.max(deadline - nanos(), LAST_COMMIT_NANOS));
    committer.close(0);
    end();
    return drained && stored;
  }

  /** The last commit, in a thread that can be left alone when the store hangs. */
  private boolean commitWithin(long nanos) throws InterruptedException {
    AtomicBoolean stored = new AtomicBoolean();
    Thread last = new Thread(() -> stored.set(commit()), "scribbler-commit-" + shardId());
    last.setDaemon(true);
    last.start();
    last.join(1 + nanos / 1_000_000);
    return stored.get();
  }

  @Override
  public void lost() {
    synchronized (this) {
      if (phase == Phase.OVER) {
        return;
      }
    }
    log.info("shard {} of {}: another process has it now", lease.shardId(), lease.stream());
    end();
    try {
      handler.shard().lost();
    } catch (Exception | Error e) {
      log.warn("shard {} of {}: the handler fails on lost()", shardId(), stream(), e);
    }
  }

  private void end() {
    List<HandlerLane> busy;
    synchronized (this) {
      phase = Phase.OVER;
      intake.close();
      busy = lanes.all();
      notifyAll();
    }
    busy.forEach(HandlerLane::interruptCall);
    core.gone(this);
    releaseIfEnded();
  }

  // ---- what the intake calls, in the engine's thread ----

  /** Whether records are to be taken apart. Without the monitor: the intake asks with its own. */
  boolean wantsMore() {
    return phase == Phase.RUNNING;
  }

  /** What was taken apart. */
  synchronized void batch(Batch batch) {
    watermark.add(batch);
    if (batch.unreadable != null) {
      batch.partsLeft = 1;
      lanes.give(new HandlerLane.Unreadable(batch));
    } else if (batch.data != null && batch.data.count() > 0) {
      lanes.give(batch);
    } else {
      advance();
    }
    notifyAll();
  }

  // ---- what the lanes call ----

  /** The next thing to do; null when there is nothing more, ever. */
  synchronized HandlerLane.Task take(HandlerLane lane) {
    lanes.performs(lane, false);
    while (true) {
      if (phase == Phase.OVER || phase == Phase.STOPPED) {
        return null;
      }
      HandlerLane.Task task = core.paused() ? null : lanes.take(lane);
      if (task != null) {
        return task;
      }
      if (phase == Phase.DRAINING && (watermark.allDone() || core.paused())) {
        if (lanes.isFirst(lane) && !closingTold) {
          closingTold = true;
          lanes.performs(lane, true);
          return new HandlerLane.Closing();
        }
        return null;
      }
      waitInLane(LONG_WAIT_NANOS);
    }
  }

  /**
   * Waits in a handler thread, which belongs to the library: an interrupt from outside is ignored.
   */
  private void waitInLane(long nanos) {
    try {
      core.time().waitOn(this, nanos);
    } catch (InterruptedException e) {
      log.debug("shard {}: interrupted while it waits; goes on", shardId());
    }
  }

  /** The work behind the one that a lane has in hand, ready to be handled; null: none. */
  Work peek(HandlerLane lane) {
    Work next;
    synchronized (this) {
      if (!(lanes.peek(lane) instanceof HandlerLane.Deliver deliver)) {
        return null;
      }
      next = deliver.work();
    }
    begin(next);
    return next;
  }

  /** Looks for duplicates, once. By the lane that has the work. */
  void begin(Work work) {
    if (!work.begun) {
      work.begun = true;
      work.count = duplicates.filter(work.batch.data, work.selected, work.count);
    }
  }

  void done(Work work) {
    duplicates.done(work.batch.data, work.selected, work.count);
    long bytes = 0;
    for (int i = 0; i < work.count; i++) {
      bytes += work.batch.data.length(work.selected[i]);
    }
    counters.messages.add(work.count);
    counters.bytes.add(bytes);
    partDone(work.batch);
  }

  void partDone(Batch batch) {
    synchronized (this) {
      batch.partsLeft--;
      advance();
      tellEndWhenDone();
      notifyAll();
    }
    commitIfDue();
  }

  private void advance() {
    boolean committed = allCommitted();
    watermark.advance(intake::free, nanos());
    if (committed) {
      uncommittedNanos = nanos();
    }
  }

  private boolean allCommitted() {
    Position done = watermark.position();
    Position committed = committer.committed();
    return done == null || (committed != null && committed.compareTo(done) >= 0);
  }

  /** The handler has heard of the end; without checkpoints of its own the end is committed. */
  void endTold() {
    if (!commitsItself) {
      return;
    }
    while (!committer.tryCommit(Position.END, null, new byte[0])) {
      leaveIfAbandoned();
      synchronized (this) {
        waitInLane(Duration.ofSeconds(1).toNanos());
      }
    }
  }

  void hold(HandlerLane lane, String reason, Throwable cause, long nanos) {
    trouble.holds(lane, reason, cause, core.time().nanoTime());
    synchronized (this) {
      long deadline = core.time().nanoTime() + nanos;
      long left = nanos;
      while (left > 0 && phase != Phase.OVER && phase != Phase.STOPPED) {
        waitInLane(left);
        left = deadline - core.time().nanoTime();
      }
    }
    leaveIfAbandoned();
  }

  void recovered(HandlerLane lane) {
    trouble.recovered(lane);
  }

  void leaveIfAbandoned() {
    synchronized (this) {
      if (phase != Phase.OVER && phase != Phase.STOPPED) {
        return;
      }
    }
    throw new Abandoned();
  }

  void succeeded() {
    core.succeeded();
  }

  long successes() {
    return core.successes();
  }

  void failed() {
    counters.failures.increment();
  }

  void called(long nanos) {
    counters.calls.increment();
    counters.handlerNanos.add(nanos);
  }

  /** Stops the shard for good: the reason stays to be seen, and what was done is committed. */
  void stop(StopShard reason) {
    Position position;
    Instant upTo;
    synchronized (this) {
      if (phase == Phase.OVER || phase == Phase.STOPPED) {
        return;
      }
      phase = Phase.STOPPED;
      position = watermark.position();
      upTo = watermark.upTo();
      notifyAll();
    }
    trouble.stopped(reason);
    try {
      commits.commit(position, upTo, commitsItself);
    } catch (Exception | Error e) {
      log.warn("shard {} of {}: the last checkpoint failed", shardId(), stream(), e);
    }
  }

  void abandoned() {
    log.debug("shard {}: left in the middle", shardId());
  }

  /** A fault of the library's own: nothing is skipped, the consumer says so and stops. */
  void broken(Throwable cause) {
    core.failed(cause);
    stop(new StopShard("a fault in the library", cause));
  }

  void laneEnded(HandlerLane lane) {
    boolean last;
    synchronized (this) {
      lanes.ended(lane);
      last = lanes.running() == 0;
      trouble.ended(lane);
      notifyAll();
    }
    releaseIfEnded();
    if (last) {
      core.left(lease);
    }
  }

  /** Gives back all memory once nobody uses it. */
  private synchronized void releaseIfEnded() {
    if (lanes.running() == 0 && (phase == Phase.OVER || phase == Phase.STOPPED)) {
      watermark.forget();
      intake.freeAll();
    }
  }

  // ---- checkpoints ----

  /** Commits the watermark if it is time to. Any thread. */
  void commitIfDue() {
    if (commits.due()) {
      commit();
    }
  }

  /** Commits the watermark; false if it could not be stored. */
  private boolean commit() {
    Position position;
    Instant upTo;
    synchronized (this) {
      if (phase == Phase.OVER || phase == Phase.STOPPED || endTold) {
        return true;
      }
      position = watermark.position();
      upTo = watermark.upTo();
    }
    return commits.commit(position, upTo, commitsItself);
  }

  /** Up to when everything before a position is done; null when that isn't known any more. */
  private synchronized Instant upTo(Position position) {
    Position done = watermark.position();
    return done != null && position.compareTo(done) >= 0 ? watermark.upTo() : null;
  }

  // ---- what is seen from outside ----

  /** Interrupts handlers that take too long. */
  void checkTimeouts() {
    lanes().forEach(HandlerLane::checkTimeout);
  }

  /** What its threads are about; empty when they are at rest, see {@link ConsumerCore#underWay}. */
  synchronized Optional<String> underWay() {
    String doing = phase == Phase.OVER || lanes.running() == 0 ? "" : doing();
    if (phase == Phase.DRAINING && lanes.running() == 0) {
      doing = "ends";
    }
    return doing.isEmpty()
        ? Optional.empty()
        : Optional.of("shard " + shardId() + " of " + stream() + " " + doing);
  }

  private String doing() {
    HandlerLane busy = phase == Phase.STOPPED ? lanes.performer() : lanes.busy();
    if (busy != null) {
      return busy.doing();
    }
    if (phase != Phase.STOPPED && !core.paused() && lanes.anyCouldBegin()) {
      return "has work that no thread has begun";
    }
    return phase != Phase.RUNNING && !lanes.anyPerforms() ? "ends" : "";
  }

  synchronized void wake() {
    notifyAll();
    intake.wake();
  }

  private synchronized List<HandlerLane> lanes() {
    return lanes.all();
  }

  /**
   * For how long what was handled has waited to be committed: since the last commit, or since
   * something was handled after it. 0 when all that was handled is committed.
   */
  synchronized double checkpointAgeSeconds() {
    if (allCommitted()) {
      return 0;
    }
    return (nanos() - Math.max(uncommittedNanos, committer.committedNanos())) / 1e9;
  }

  /**
   * How far what was handled last is behind the tip. That was known when it was read: while
   * something waits to be handled, or nothing is read, the time since then is added.
   *
   * @return seconds; NaN when unknown
   */
  synchronized double lagSeconds() {
    if (watermark.millisBehind() < 0) {
      return Double.NaN;
    }
    long since = nanos() - watermark.behindNanos();
    boolean stands =
        !watermark.allDone()
            || core.paused()
            || phase == Phase.STOPPED
            || since > LONGEST_SILENCE_NANOS;
    return watermark.millisBehind() / 1e3 + (stands ? since / 1e9 : 0);
  }

  /** Everything that Kinesis took before it is handled; null: unknown. */
  synchronized Instant upTo() {
    return watermark.upTo();
  }

  synchronized ConsumerHealth.Shard health() {
    long busy = lanes.all().stream().mapToLong(HandlerLane::busyNanos).max().orElse(0);
    return new ConsumerHealth.Shard(
        stream(),
        shardId(),
        trouble.state(),
        trouble.reason(),
        Optional.ofNullable(committer.committed()),
        watermark.millisBehind(),
        Duration.ofNanos(busy));
  }
}
