package io.scribbler.consumer;

import io.scribbler.consumer.engine.ByteBudget;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.engine.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the shards of a consumer share: memory, counters, the engine's view of it. Any thread. */
final class ConsumerCore implements EngineHost {
  private static final Logger log = LoggerFactory.getLogger(ConsumerCore.class);

  private static final long CLOCK_TOLERANCE_MILLIS = 5_000;

  private final ConsumerSettings settings;
  private final ProcessingSettings processing;
  private final Engine engine;
  private final Time time;
  private final ByteBudget fetched;
  private final ByteBudget decoded;
  private final Set<ShardPipeline> shards = ConcurrentHashMap.newKeySet();
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
  private final Map<String, ShardCounters> counters = new ConcurrentHashMap<>();
  private final AtomicLong successes = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /**
   * Whether nothing is to be handled; at first, since the engine knows only once it has started.
   */
  private volatile boolean paused = true;

  private volatile boolean begun;
  private volatile long aheadMillis;
  private volatile Thread ticker;

  /** Hears which shards there are. */
  interface Watcher {
    /** A shard came or went. By any thread, several at once. */
    void shardsChanged();

    /** The consumer was closed; nothing follows. */
    void closed();
  }

  ConsumerCore(
      ConsumerSettings settings, ProcessingSettings processing, Engine engine, long memory) {
    this.settings = settings;
    this.processing = processing;
    this.engine = engine;
    this.time = engine.time();
    this.fetched = new ByteBudget(memory / 2);
    this.decoded = new ByteBudget(memory - memory / 2);
    settings.streams().forEach(s -> counters(s.stream().name()));
  }

  @Override
  public ConsumerSettings settings() {
    return settings;
  }

  @Override
  public ShardProcessor assigned(ShardLease lease) {
    if (begun) {
      paused(engine.paused()); // not older than the lease
    }
    ShardPipeline shard = new ShardPipeline(lease, processing, this);
    shards.add(shard);
    shard.begin();
    watchers.forEach(Watcher::shardsChanged);
    log.info(
        "shard {} of {}: begins at {}",
        lease.shardId(),
        lease.stream(),
        lease.checkpoint().committed() == null ? "its start" : lease.checkpoint().committed());
    return shard;
  }

  @Override
  public ByteBudget fetched() {
    return fetched;
  }

  @Override
  public boolean shardGone(String stream, String shardId, Position committed) {
    String what =
        String.format(
            "shard %s of %s is no longer in the stream, and was handled up to %s only",
            shardId, stream, committed);
    if (processing.gaps() == GapPolicy.STOP) {
      failed(
          new StreamException(
              what + "; reset the checkpoint, or choose to continue over gaps", null));
      return false;
    }
    counters(stream).gaps.increment();
    log.error("{}; going on, messages are missing", what);
    return true;
  }

  @Override
  public void serviceTime(Instant now) {
    long ahead = now.toEpochMilli() - time.currentTimeMillis();
    // The Date has whole seconds, and takes a while to come.
    aheadMillis = Math.abs(ahead) > CLOCK_TOLERANCE_MILLIS ? ahead : 0;
  }

  /** What time it is at Kinesis, as far as the engine told. */
  Instant now() {
    return Instant.ofEpochMilli(time.currentTimeMillis() + aheadMillis);
  }

  @Override
  public List<String> underWay() {
    List<String> all = new ArrayList<>();
    Thread thread = ticker;
    if (thread != null && thread.isAlive() && !time.holds(thread)) {
      all.add("the consumer looks after time limits and pauses");
    }
    shards().forEach(shard -> shard.underWay().ifPresent(all::add));
    return all;
  }

  /** The thread that looks after pauses and time limits. */
  void ticker(Thread thread) {
    ticker = thread;
  }

  @Override
  public void failed(Throwable cause) {
    if (failure.compareAndSet(null, cause)) {
      log.error("application {} can't go on: {}", settings.application(), cause, cause);
    }
  }

  Optional<Throwable> failure() {
    return Optional.ofNullable(failure.get());
  }

  Time time() {
    return time;
  }

  ByteBudget decoded() {
    return decoded;
  }

  /** What one shard may hold, so that one that is stuck leaves room for the others. */
  long decodedShare() {
    return decoded.limit() / Math.max(1, shards.size());
  }

  ShardCounters counters(String stream) {
    return counters.computeIfAbsent(stream, name -> new ShardCounters());
  }

  Map<String, ShardCounters> counters() {
    return Map.copyOf(counters);
  }

  void gone(ShardPipeline shard) {
    if (shards.remove(shard)) {
      watchers.forEach(Watcher::shardsChanged);
    }
  }

  void watch(Watcher watcher) {
    watchers.add(watcher);
  }

  void closed() {
    watchers.forEach(Watcher::closed);
    watchers.clear();
  }

  void left(ShardLease lease) {
    engine.left(lease);
  }

  List<ShardPipeline> shards() {
    return shards.stream()
        .sorted(Comparator.comparing(ShardPipeline::stream).thenComparing(ShardPipeline::shardId))
        .toList();
  }

  boolean paused() {
    return paused;
  }

  /** The engine has started and knows whether the application is paused. */
  void begin(boolean pausedNow) {
    begun = true;
    if (pausedNow) {
      log.info("application {}: paused, until it is resumed", settings.application());
    } else {
      paused = false;
      shards.forEach(ShardPipeline::wake);
    }
  }

  /** Takes over what is stored; wakes the shards when it changed. */
  void paused(boolean now) {
    if (paused != now) {
      paused = now;
      log.info("application {}: {}", settings.application(), now ? "paused" : "goes on");
      shards.forEach(ShardPipeline::wake);
    }
  }

  Duration retention(String stream) {
    return engine.retention(stream);
  }

  void succeeded() {
    successes.incrementAndGet();
  }

  long successes() {
    return successes.get();
  }
}
