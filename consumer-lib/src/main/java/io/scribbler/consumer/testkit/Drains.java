package io.scribbler.consumer.testkit;

import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.ShardProcessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The end of a process: all its shards drain at once. Handlers that wait for time get it, since the
 * thread that would move it by hand is the one that closes the consumer.
 */
final class Drains {
  private static final int MOST_STEPS = 200;
  private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  private final TestStream stream;
  private final EngineHost host;
  private final List<Drain> drains = new ArrayList<>();

  Drains(TestStream stream, EngineHost host, List<ShardProcessor> shards) {
    this.stream = stream;
    this.host = host;
    shards.forEach(shard -> drains.add(new Drain(shard)));
  }

  /** Returns when all are drained, or the time is over. */
  boolean run(Duration time) throws InterruptedException {
    for (Drain drain : drains) {
      drain.time = time;
      drain.start();
    }
    long deadline = System.nanoTime() + time.toNanos();
    for (long seen = stream.signal().raised(); !done(); seen = stream.signal().raised()) {
      boolean late = System.nanoTime() - deadline >= 0;
      if (late && held()) {
        // A handler that doesn't come back: to those that wait for it the time is over.
        stream.time().advance(time);
      } else if (!late && waitForTime()) {
        step(time);
      } else {
        stream.signal().await(seen, late ? System.nanoTime() + LOOK_AGAIN_NANOS : deadline);
      }
    }
    boolean all = true;
    for (Drain drain : drains) {
      drain.join();
      all &= drain.result();
    }
    return all;
  }

  private boolean done() {
    return drains.stream().allMatch(drain -> drain.ended);
  }

  /** Whether it takes time to go on; what ends between the two looks is seen by the second. */
  private boolean waitForTime() {
    return held() && host.underWay().isEmpty() && held();
  }

  /** Whether there are drains that have not ended, all waiting. */
  private boolean held() {
    List<Drain> left = drains.stream().filter(drain -> !drain.ended).toList();
    return !left.isEmpty() && left.stream().allMatch(stream.time()::holds);
  }

  /** To the next moment that somebody waits for, in so many steps at most. */
  private void step(Duration time) {
    long next = stream.time().toNext().orElse(0);
    long least = Math.max(1, time.toNanos() / MOST_STEPS);
    stream.time().advance(Duration.ofNanos(Math.max(next, least)));
  }

  private final class Drain extends Thread {
    private final ShardProcessor shard;
    private Duration time;
    // Written by its thread before ended.
    private boolean drained;
    private Throwable failure;
    private volatile boolean ended;

    Drain(ShardProcessor shard) {
      super("scribbler-test-drain");
      this.shard = shard;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        drained = shard.drain(time);
      } catch (InterruptedException | RuntimeException | Error e) {
        failure = e;
      } finally {
        ended = true;
        stream.signal().raise();
      }
    }

    boolean result() {
      if (failure != null) {
        throw new IllegalStateException("a shard could not be drained", failure);
      }
      return drained;
    }
  }
}
