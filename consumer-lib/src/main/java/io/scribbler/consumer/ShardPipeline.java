package io.scribbler.consumer;

import io.scribbler.consumer.ConsumerHealth.ShardState;
import io.scribbler.consumer.engine.ByteBudget;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.engine.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to one shard's records, from the engine to the handler and the checkpoint.
 *
 * <pre>
 *   engine's thread             handler threads (lanes)                any of them
 *   ───────────────             ───────────────────────                ───────────
 *   records ─ RecordDecoder ──▶ Work ─ DuplicateFilter ─ BatchDelivery ──▶ low watermark ─ Committer
 *             (memory first)    (a part of the batch for each lane)        (the batches before it are done)
 * </pre>
 *
 * <p>This object's monitor guards the queues and states; it is held for moments, once a batch,
 * never over a call of the handler or of the store.
 */
final class ShardPipeline implements ShardProcessor, RecordDecoder.Output {
  private static final Logger log = LoggerFactory.getLogger(ShardPipeline.class);
  private static final int MOST_BATCHES = 16;
  private static final int SEEN_BYTES = 64 << 10;
  private static final long SAY_AGAIN_NANOS = Duration.ofMinutes(1).toNanos();
  private static final long LONG_WAIT_NANOS = Duration.ofDays(1).toNanos();
  private static final long KEPT_BYTES = 8L << 20;

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
  private final boolean commits;
  private final ShardStart start;
  private final RecordDecoder decoder;
  private final List<HandlerLane> lanes = new ArrayList<>();

  // Guarded by this.
  private final Map<HandlerLane, Deque<HandlerLane.Task>> queues = new HashMap<>();
  private final Map<HandlerLane, String> holding = new HashMap<>();
  private final Deque<Batch> outstanding = new ArrayDeque<>();
  private BatchData spare;
  private Phase phase = Phase.RUNNING;
  private int lanesLeft;
  private boolean endGiven;
  private boolean endTold;
  private boolean closingTold;
  private long heldBytes;
  private Position watermark;
  private Instant upTo;
  private Position lastCommitted;
  private Instant lastUpTo;
  private long lastCommitNanos;
  private long millisBehind = -1;
  private long behindNanos;
  private long uncommittedNanos;
  private long saidNanos;
  private boolean said;
  private String stopReason = "";

  ShardPipeline(ShardLease lease, ProcessingSettings settings, ConsumerCore core) {
    this.lease = lease;
    this.settings = settings;
    this.core = core;
    this.counters = core.counters(lease.stream());
    this.committer = new Committer(lease, core.time(), this::lost);
    Assignment assignment = new Assignment(lease, committer);
    this.handler = settings.handlers().apply(assignment);
    this.commits = !assignment.checkpointsTaken();
    this.duplicates =
        new DuplicateFilter(
            settings.dropDuplicates(), settings.windowBytes(), lease.checkpoint().seen(), counters);
    this.start = new ShardStart(lease, settings.gaps(), core, counters);
    this.decoder = new RecordDecoder(lease.stream(), settings, counters, this);
    this.lastCommitted = lease.checkpoint().committed();
    this.watermark = lastCommitted;
    this.upTo = lease.checkpoint().upTo();
    this.lastUpTo = upTo;
    this.lastCommitNanos = core.time().nanoTime();
  }

  /** Starts the handler threads. */
  synchronized void begin() {
    for (int i = 0; i < settings.parallelism(); i++) {
      String name = "scribbler-" + lease.shardId() + (settings.parallelism() == 1 ? "" : "-" + i);
      HandlerLane lane = new HandlerLane(this, settings, handler, counters, name);
      lanes.add(lane);
      queues.put(lane, new ArrayDeque<>());
    }
    lanesLeft = lanes.size();
    lanes.forEach(HandlerLane::start);
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
        && outstanding.size() < MOST_BATCHES
        && heldBytes <= core.decodedShare() / 2;
  }

  @Override
  public void records(List<StreamRecord> records, long newMillisBehind)
      throws InterruptedException {
    if (!awaitRoom()) {
      return;
    }
    try {
      for (StreamRecord record : records) {
        long done = start.messagesDone(record);
        if (done == ShardStart.PASS) {
          continue;
        }
        if (!decoder.decode(record, done)) {
          return;
        }
      }
      decoder.flush(newMillisBehind);
    } catch (StopShard e) {
      stop(e);
      awaitRoom();
    }
    commitIfDue();
  }

  private synchronized boolean awaitRoom() throws InterruptedException {
    while (!hasRoom()) {
      if (phase == Phase.DRAINING || phase == Phase.OVER) {
        return false;
      }
      core.time().waitOn(this, Duration.ofMillis(100).toNanos());
    }
    return true;
  }

  @Override
  public void idle(long newMillisBehind) {
    synchronized (this) {
      if (phase != Phase.RUNNING) {
        return;
      }
      if (outstanding.isEmpty()) {
        behind(newMillisBehind);
        if (newMillisBehind == 0 && (watermark != null || start.reached())) {
          upTo = Instant.ofEpochMilli(core.time().currentTimeMillis()).minus(CLOCKS_DIFFER);
        }
        Deque<HandlerLane.Task> queue = queues.get(lanes.get(0));
        if (handler.tellsIdle() && queue.isEmpty() && !core.paused()) {
          queue.add(new HandlerLane.Idle(newMillisBehind));
          notifyAll();
        }
      }
    }
    commitIfDue();
  }

  /** How far this host's clock and Kinesis's may be apart. */
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);

  @Override
  public void ended(Runnable done) {
    committer.whenEndCommitted(done);
    synchronized (this) {
      endGiven = true;
      tellEndWhenDone();
    }
  }

  /** Once everything before the end is done the handler hears of it. */
  private void tellEndWhenDone() {
    if (endGiven && !endTold && outstanding.isEmpty() && phase == Phase.RUNNING) {
      endTold = true;
      queues.get(lanes.get(0)).add(new HandlerLane.Ended());
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
      while (phase == Phase.DRAINING && lanesLeft > 0 && left > 0) {
        core.time().waitOn(this, left);
        left = deadline - core.time().nanoTime();
      }
      drained = phase == Phase.DRAINING && outstanding.isEmpty() && lanesLeft == 0;
    }
    boolean stored = commit();
    committer.close(Duration.ofSeconds(1).toNanos());
    end();
    return drained && stored;
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
    handler.shard().lost();
  }

  private void end() {
    List<HandlerLane> busy;
    synchronized (this) {
      phase = Phase.OVER;
      busy = List.copyOf(lanes);
      notifyAll();
    }
    busy.forEach(HandlerLane::interruptCall);
    core.gone(this);
    releaseIfEnded();
  }

  // ---- what the decoder calls, in the engine's thread ----

  @Override
  public boolean tryReserve(long bytes) {
    synchronized (this) {
      if (heldBytes > 0 && heldBytes + bytes > core.decodedShare()) {
        return false;
      }
    }
    if (!core.decoded().tryReserve(bytes)) {
      return false;
    }
    hold(bytes);
    return true;
  }

  @Override
  public boolean reserve(long bytes) throws InterruptedException {
    synchronized (this) {
      while (heldBytes > 0 && heldBytes + bytes > core.decodedShare()) {
        if (isGivingUp()) {
          return false;
        }
        core.time().waitOn(this, Duration.ofMillis(100).toNanos());
      }
    }
    ByteBudget budget = core.decoded();
    if (!budget.reserve(bytes, this::isGivingUp)) {
      return false;
    }
    hold(bytes);
    return true;
  }

  private synchronized void hold(long bytes) {
    heldBytes += bytes;
  }

  private synchronized boolean isGivingUp() {
    return phase == Phase.DRAINING || phase == Phase.OVER;
  }

  @Override
  public synchronized BatchData emptyData() {
    BatchData data = spare != null ? spare : new BatchData(lease.stream(), lease.shardId());
    spare = null;
    return data;
  }

  @Override
  public synchronized void batch(Batch batch) {
    outstanding.addLast(batch);
    if (batch.unreadable != null) {
      batch.partsLeft = 1;
      queues.get(lanes.get(0)).add(new HandlerLane.Unreadable(batch));
    } else if (batch.data != null && batch.data.count() > 0) {
      for (Map.Entry<HandlerLane, Work> part : Parts.of(batch, lanes).entrySet()) {
        batch.partsLeft++;
        queues.get(part.getKey()).add(new HandlerLane.Deliver(part.getValue()));
      }
    } else {
      advance();
    }
    notifyAll();
  }

  // ---- what the lanes call ----

  /** The next thing to do; null when there is nothing more, ever. */
  synchronized HandlerLane.Task take(HandlerLane lane) {
    Deque<HandlerLane.Task> queue = queues.get(lane);
    while (true) {
      if (phase == Phase.OVER || phase == Phase.STOPPED) {
        return null;
      }
      if (!queue.isEmpty() && (phase == Phase.DRAINING || !core.paused())) {
        return queue.poll();
      }
      if (phase == Phase.DRAINING && outstanding.isEmpty()) {
        if (lane == lanes.get(0) && !closingTold) {
          closingTold = true;
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
      if (!(queues.get(lane).peek() instanceof HandlerLane.Deliver deliver)) {
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

  /** Moves the low watermark behind the batches that are done. Holds the monitor. */
  private void advance() {
    while (!outstanding.isEmpty() && outstanding.peekFirst().partsLeft == 0) {
      Batch batch = outstanding.pollFirst();
      if (allCommitted()) {
        uncommittedNanos = core.time().nanoTime();
      }
      watermark = batch.end;
      upTo = Instant.ofEpochMilli(batch.arrivalMillis);
      if (batch.millisBehind >= 0) {
        behind(batch.millisBehind);
      }
      free(batch);
    }
  }

  private void behind(long newMillisBehind) {
    millisBehind = newMillisBehind;
    behindNanos = core.time().nanoTime();
  }

  private void free(Batch batch) {
    if (batch.reserved > 0) {
      heldBytes -= batch.reserved;
      core.decoded().release(batch.reserved);
    }
    if (batch.data != null) {
      batch.data.clear();
      if (batch.data.capacity() <= KEPT_BYTES) {
        spare = batch.data;
      }
    }
  }

  /** The handler has heard of the end; without checkpoints of its own the end is committed. */
  void endTold() {
    if (!commits) {
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
    String line = reason + ": " + oneLine(cause);
    boolean say;
    synchronized (this) {
      holding.put(lane, line);
      long now = core.time().nanoTime();
      say = !said || now - saidNanos >= SAY_AGAIN_NANOS;
      if (say) {
        said = true;
        saidNanos = now;
      }
    }
    if (say) {
      log.warn("shard {} of {}: {}; trying again", shardId(), stream(), line, cause);
    }
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

  synchronized void recovered(HandlerLane lane) {
    if (holding.remove(lane) != null) {
      log.info("shard {} of {}: goes on", shardId(), stream());
      said = false;
    }
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

  /** Stops the shard for good: the reason stays to be seen, nothing is committed any more. */
  void stop(StopShard reason) {
    String line = oneLine(reason.getCause());
    synchronized (this) {
      if (phase == Phase.OVER || phase == Phase.STOPPED) {
        return;
      }
      stopReason = reason.getMessage() + (reason.getCause() == null ? "" : ": " + line);
    }
    commit();
    synchronized (this) {
      if (phase != Phase.OVER) {
        phase = Phase.STOPPED;
      }
      notifyAll();
    }
    log.error(
        "shard {} of {}: stopped: {}; mend it and start the consumer again",
        shardId(),
        stream(),
        stopReason,
        reason.getCause());
  }

  void abandoned() {
    log.debug("shard {}: left in the middle", shardId());
  }

  /** A fault of the library's own: nothing is skipped, the consumer says so and stops. */
  void broken(Throwable cause) {
    stop(new StopShard("a fault in the library", cause));
    core.failed(cause);
  }

  void laneEnded(HandlerLane lane) {
    synchronized (this) {
      lanesLeft--;
      holding.remove(lane);
      notifyAll();
    }
    releaseIfEnded();
  }

  /** Gives back all memory once nobody uses it. */
  private synchronized void releaseIfEnded() {
    if (lanesLeft == 0 && phase != Phase.DRAINING && heldBytes > 0) {
      core.decoded().release(heldBytes);
      heldBytes = 0;
      outstanding.clear();
    }
  }

  // ---- checkpoints ----

  /** Commits the watermark if the interval since the last time is over. Any thread. */
  void commitIfDue() {
    synchronized (this) {
      if (core.time().nanoTime() - lastCommitNanos < settings.checkpointInterval().toNanos()) {
        return;
      }
      lastCommitNanos = core.time().nanoTime();
    }
    commit();
  }

  /** Commits the watermark; false if it could not be stored. */
  private boolean commit() {
    Position position;
    Instant time;
    synchronized (this) {
      if (!commits || phase == Phase.OVER || phase == Phase.STOPPED || watermark == null) {
        return true;
      }
      position = watermark;
      time = upTo;
      boolean moved = !position.equals(lastCommitted);
      boolean later =
          time != null && (lastUpTo == null || time.isAfter(lastUpTo.plus(Duration.ofMinutes(1))));
      if (endTold || (!moved && !later)) {
        return true;
      }
    }
    boolean stored = committer.tryCommit(position, time, duplicates.store(SEEN_BYTES));
    synchronized (this) {
      if (stored) {
        lastCommitted = position;
        lastUpTo = time;
      }
    }
    return stored;
  }

  // ---- what is seen from outside ----

  /** Interrupts handlers that take too long. */
  void checkTimeouts() {
    lanes().forEach(HandlerLane::checkTimeout);
  }

  synchronized void wake() {
    notifyAll();
  }

  private synchronized List<HandlerLane> lanes() {
    return List.copyOf(lanes);
  }

  /**
   * For how long what was handled has waited to be committed: since the last commit, or since
   * something was handled after it. 0 when all that was handled is committed.
   */
  synchronized double checkpointAgeSeconds() {
    if (allCommitted()) {
      return 0;
    }
    long since = Math.max(uncommittedNanos, committer.committedNanos());
    return (core.time().nanoTime() - since) / 1e9;
  }

  private boolean allCommitted() {
    Position committed = committer.committed();
    return watermark == null || (committed != null && committed.compareTo(watermark) >= 0);
  }

  /**
   * How far what was handled last is behind the tip. That was known when it was read: while
   * something waits to be handled, or nothing is read, the time since then is added.
   *
   * @return seconds; NaN when unknown
   */
  synchronized double lagSeconds() {
    if (millisBehind < 0) {
      return Double.NaN;
    }
    long since = core.time().nanoTime() - behindNanos;
    boolean stands =
        !outstanding.isEmpty()
            || core.paused()
            || phase == Phase.STOPPED
            || since > LONGEST_SILENCE_NANOS;
    return millisBehind / 1e3 + (stands ? since / 1e9 : 0);
  }

  /** Everything that Kinesis took before it is handled; null: unknown. */
  synchronized Instant upTo() {
    return upTo;
  }

  synchronized ConsumerHealth.Shard health() {
    long busy = lanes.stream().mapToLong(HandlerLane::busyNanos).max().orElse(0);
    ShardState state =
        phase == Phase.STOPPED
            ? ShardState.STOPPED
            : holding.isEmpty() ? ShardState.RUNNING : ShardState.HOLDING;
    String reason =
        phase == Phase.STOPPED ? stopReason : holding.values().stream().findFirst().orElse("");
    return new ConsumerHealth.Shard(
        stream(),
        shardId(),
        state,
        reason,
        Optional.ofNullable(committer.committed()),
        millisBehind,
        Duration.ofNanos(busy));
  }

  private static String oneLine(Throwable cause) {
    if (cause == null) {
      return "";
    }
    String text = cause.toString();
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
