package io.scribbler.consumer.testkit;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.ShardProcessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One process that reads a {@link TestStream}: for the {@code engine} of one consumer. Engines of
 * one stream whose consumers have the same application share leases, checkpoints and the pause, as
 * processes do. It reads its stream whatever name the consumer gives it. Any thread.
 */
public final class TestEngine implements Engine {
  private final TestStream stream;
  private final AtomicInteger failures = new AtomicInteger();
  // Those whose threads have not ended.
  private final Set<ShardLease> alive = ConcurrentHashMap.newKeySet();
  // Set once, by start().
  private volatile EngineHost host;
  private volatile Application application;

  TestEngine(TestStream stream) {
    this.stream = stream;
  }

  // ---- for tests ----

  /** The shards that it owns, in the order of their assignment. */
  public List<String> shards() {
    return application().leases(this).stream().map(TestLease::shardId).toList();
  }

  /**
   * What the application has committed of a shard, whoever did; empty: nothing yet. A value as it
   * is stored: what a process that starts now would begin with.
   */
  public Optional<Position> committed(String shardId) {
    return Optional.ofNullable(application().checkpoint(shardId).committed());
  }

  /** What was prepared of a shard and is not committed; empty: nothing. */
  public Optional<Position> pending(String shardId) {
    return Optional.ofNullable(application().checkpoint(shardId).pending());
  }

  /** What was stored with the pending position; empty when nothing was. */
  public byte[] state(String shardId) {
    return application().checkpoint(shardId).state();
  }

  /** Lets the next writes of checkpoints fail, so many of them; replaces what was set before. */
  public void failCheckpoints(int times) {
    failures.set(times);
  }

  /**
   * Takes a shard away, without a warning: what is under way is interrupted and can't be committed.
   * The next {@link TestStream#settle} gives the shard to another process of the application, or to
   * this one when there is none.
   *
   * @throws IllegalStateException if it doesn't own the shard
   */
  public void loseLease(String shardId) {
    TestLease lease =
        application()
            .lose(this, shardId)
            .orElseThrow(
                () -> new IllegalStateException(shardId + " is not owned; owned are " + shards()));
    lost(lease);
  }

  /**
   * The process dies: nothing is drained or committed any more, and its shards are free. To
   * handlers it looks as if all leases were lost. Close the consumer afterwards all the same, to be
   * rid of its thread.
   */
  public void crash() {
    Application from = application();
    List<TestLease> mine = from.leave(this);
    mine.forEach(from::free);
    mine.forEach(TestEngine::lost);
  }

  // ---- for the consumer ----

  @Override
  public synchronized void start(EngineHost newHost) {
    if (host != null) {
      throw new IllegalStateException("an engine is one process, and started once");
    }
    if (newHost.settings().streams().size() != 1) {
      throw new StreamException("a test stream is one stream; name one", null);
    }
    host = newHost;
    application = stream.application(newHost.settings().application());
    application.begin(newHost.settings().start(), stream.shards());
    application.join(this);
  }

  /**
   * Lets the consumer drain its shards. As long as handlers wait for time it is moved, up to the
   * time of the stop.
   */
  @Override
  public boolean stop(Duration time) throws InterruptedException {
    Application from = application();
    List<TestLease> mine = from.leave(this);
    List<ShardProcessor> shards = new ArrayList<>();
    for (TestLease lease : mine) {
      if (lease.processor() != null) {
        shards.add(lease.processor());
      }
    }
    boolean drained = new Drains(stream, host, shards).run(time);
    mine.forEach(from::free);
    return drained;
  }

  @Override
  public boolean paused() {
    Application now = application;
    return now != null && now.paused();
  }

  @Override
  public void pause(boolean paused) {
    application().pause(paused);
  }

  @Override
  public Duration retention(String name) {
    return stream.retention();
  }

  @Override
  public TestTime time() {
    return stream.time();
  }

  @Override
  public void left(ShardLease lease) {
    alive.remove(lease);
    stream.signal().raise();
  }

  @Override
  public List<String> troubles() {
    return List.of();
  }

  // ---- for the stream ----

  String streamName() {
    return host.settings().streams().get(0).stream().name();
  }

  EngineHost host() {
    return host;
  }

  /** Hands a shard to the consumer; if that fails the process has failed. */
  void assigned(TestLease lease) {
    alive.add(lease);
    try {
      lease.processor(host.assigned(lease));
    } catch (RuntimeException | Error e) {
      alive.remove(lease);
      host.failed(e);
      crash();
      return;
    }
    if (!lease.application().owns(lease)) {
      lost(lease);
    }
  }

  /** What has not come to rest; empty: nothing of this process runs. */
  List<String> underWay() {
    Application now = application;
    if (now == null) {
      return List.of();
    }
    List<String> all = new ArrayList<>(host.underWay());
    for (ShardLease lease : alive) {
      if (!now.owns((TestLease) lease)) {
        all.add("shard " + lease.shardId() + " was taken away and its handler has not returned");
      }
    }
    return all;
  }

  /** Whether this write of a checkpoint is to fail. */
  boolean failsNow() {
    return failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
  }

  static void lost(TestLease lease) {
    ShardProcessor processor = lease.processor();
    if (processor != null) {
      processor.lost();
    }
  }

  private Application application() {
    Application now = application;
    if (now == null) {
      throw new IllegalStateException("its consumer is not started");
    }
    return now;
  }
}
