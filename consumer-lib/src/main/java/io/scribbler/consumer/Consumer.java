package io.scribbler.consumer;

import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.engine.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads streams as fast as its handler goes, keeps its place, and resumes from there.
 *
 * <pre>{@code
 * try (Consumer consumer =
 *     Consumer.builder()
 *         .application("etl")
 *         .stream("firehose")
 *         .topics("impressions")
 *         .state(Path.of("/var/lib/etl"))
 *         .onMessage(message -> warehouse.insert(message.text()))
 *         .build()) {
 *   consumer.start();
 *   consumer.awaitFailure();
 * }
 * }</pre>
 *
 * <p><b>Delivery</b> is at least once: nothing is committed past a message that was not handled or
 * parked. What was handled and not committed when a process dies is handled again. Every message of
 * the {@code firehose} format has an identity by which that is recognised ({@link
 * ConsumerBuilder#dropDuplicates}).
 *
 * <p><b>Order</b> is the shard's; a child shard comes after its parents.
 *
 * <p><b>Threads</b>: the handler is called by threads of the consumer's own, one for each shard.
 * All methods here may be called by any thread; {@link #close} not by a handler.
 *
 * <p><b>Errors</b>: what the handler throws follows the {@link RetryPolicy}. No network, no stream
 * yet, throttling, refused credentials are waited out and logged once a minute. What can't be
 * mended by waiting ends up in {@link #health} and {@link #awaitFailure}.
 */
public final class Consumer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Consumer.class);
  private static final Duration TICK = Duration.ofMillis(200);
  private static final Duration WARN_AGAIN = Duration.ofMinutes(10);

  private final ConsumerSettings settings;
  private final ProcessingSettings processing;
  private final Engine engine;
  private final ConsumerCore core;
  private final Duration closeTimeout;
  private final Time time;

  // Guarded by this.
  private ConsumerHealth.State state = ConsumerHealth.State.NEW;
  private Thread ticker;
  private Instant warnedAt = Instant.MIN;

  Consumer(
      ConsumerSettings settings,
      ProcessingSettings processing,
      Engine engine,
      long memory,
      Duration closeTimeout) {
    this.settings = settings;
    this.processing = processing;
    this.engine = engine;
    this.closeTimeout = closeTimeout;
    this.time = engine.time();
    this.core = new ConsumerCore(settings, processing, engine, memory);
  }

  /** A builder; application, stream and a handler must be given. */
  public static ConsumerBuilder builder() {
    return new ConsumerBuilder();
  }

  /**
   * Starts to read; returns when the threads run.
   *
   * @throws StreamException if it can't run as configured
   * @throws IllegalStateException if it was started before
   */
  public synchronized void start() {
    if (state != ConsumerHealth.State.NEW) {
      throw new IllegalStateException("a consumer is started once");
    }
    engine.start(core);
    core.begin(engine.paused());
    state = ConsumerHealth.State.RUNNING;
    ticker = new Thread(this::tick, "scribbler-consumer");
    ticker.setDaemon(true);
    core.ticker(ticker);
    ticker.start();
  }

  /** Looks after pauses, time limits and failures. */
  private void tick() {
    try {
      while (true) {
        synchronized (this) {
          if (state != ConsumerHealth.State.RUNNING) {
            return;
          }
          if (core.failure().isPresent()) {
            notifyAll();
          }
        }
        core.paused(engine.paused());
        core.shards().forEach(ShardPipeline::checkTimeouts);
        if (core.paused()) {
          core.shards().forEach(ShardPipeline::commitIfDue); // no read does it
          warnOfRetention();
        }
        synchronized (this) {
          if (state == ConsumerHealth.State.RUNNING) {
            time.waitOn(this, TICK.toNanos());
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      core.failed(e);
    }
  }

  /** A pause must not outlast what the stream keeps. */
  private void warnOfRetention() {
    Instant now = core.now();
    synchronized (this) {
      if (warnedAt.plus(WARN_AGAIN).isAfter(now)) {
        return;
      }
    }
    List<String> warnings = retentionWarnings();
    if (!warnings.isEmpty()) {
      synchronized (this) {
        warnedAt = now;
      }
      warnings.forEach(line -> log.warn("application {}: {}", settings.application(), line));
    }
  }

  /** The shards of which the stream will soon let go what a pause keeps from being handled. */
  private List<String> retentionWarnings() {
    List<String> warnings = new ArrayList<>();
    for (ShardPipeline shard : core.shards()) {
      Instant upTo = shard.upTo();
      Duration retention = engine.retention(shard.stream());
      if (upTo != null && upTo.plus(retention.multipliedBy(3).dividedBy(4)).isBefore(core.now())) {
        warnings.add(
            String.format(
                "paused: shard %s of %s was handled up to %s and the stream keeps %d h; resume it"
                    + " before messages are gone",
                shard.shardId(), shard.stream(), upTo, retention.toHours()));
      }
    }
    return warnings;
  }

  /**
   * Stops handling in every process of the application, and keeps the place; stored, so that it
   * holds over restarts, until {@link #resume}. Batches at hand are finished. The stream goes on to
   * let go of what is older than its retention: when a quarter of it is left a warning is logged,
   * and told by {@link #health}.
   *
   * @throws io.scribbler.consumer.engine.CheckpointException if it could not be stored
   */
  public void pause() {
    engine.pause(true);
    core.paused(true);
  }

  /**
   * Goes on after a {@link #pause}, in every process of the application.
   *
   * @throws io.scribbler.consumer.engine.CheckpointException if it could not be stored
   */
  public void resume() {
    engine.pause(false);
    core.paused(false);
  }

  /** Hands over messages of this topic from now on; those that went by are not read again. */
  public void enable(String topic) {
    processing.topics().enable(topic);
  }

  /** Passes over messages of this topic from now on, as if they were handled. */
  public void disable(String topic) {
    processing.topics().disable(topic);
  }

  /** How it is. */
  public ConsumerHealth health() {
    List<String> troubles = new ArrayList<>(engine.troubles());
    core.failure().ifPresent(cause -> troubles.add(0, String.valueOf(cause.getMessage())));
    List<ConsumerHealth.Shard> shards = core.shards().stream().map(ShardPipeline::health).toList();
    ConsumerHealth.State now;
    synchronized (this) {
      now = state;
    }
    if (now == ConsumerHealth.State.RUNNING && core.paused()) {
      troubles.addAll(retentionWarnings());
    }
    if (now == ConsumerHealth.State.RUNNING) {
      if (core.failure().isPresent()) {
        now = ConsumerHealth.State.FAILED;
      } else if (core.paused()) {
        now = ConsumerHealth.State.PAUSED;
      }
    }
    return new ConsumerHealth(now, shards, troubles);
  }

  /**
   * Waits until the consumer can't go on, or is closed.
   *
   * @throws StreamException if it can't go on
   */
  public void awaitFailure() throws InterruptedException {
    synchronized (this) {
      while (state == ConsumerHealth.State.RUNNING && core.failure().isEmpty()) {
        time.waitOn(this, TICK.toNanos());
      }
    }
    core.failure()
        .ifPresent(
            cause -> {
              throw new StreamException(
                  "application " + settings.application() + ": " + cause.getMessage(), cause);
            });
  }

  /**
   * Stops reading, handles what was taken, commits, and frees the leases; 30 seconds at most unless
   * the builder says otherwise. What is not handled then is handled after the next start.
   */
  @Override
  public void close() {
    synchronized (this) {
      boolean running = state == ConsumerHealth.State.RUNNING;
      state = ConsumerHealth.State.CLOSED;
      core.ticker(null);
      notifyAll();
      if (!running) {
        core.closed();
        return;
      }
    }
    // Not in the caller's thread, whose interrupt would leave the lock and the leases behind.
    FutureTask<Void> stop = new FutureTask<>(this::stop);
    new Thread(stop, "scribbler-close").start();
    await(stop);
  }

  /** Stops a consumer that runs; by a thread that nobody interrupts. */
  private Void stop() throws InterruptedException {
    try {
      if (!engine.stop(closeTimeout)) {
        log.warn(
            "application {}: closed before all that was read was handled; it is read again",
            settings.application());
      }
      ticker.join(TICK.multipliedBy(5).toMillis());
    } finally {
      core.fetched().close();
      core.decoded().close();
      core.closed();
    }
    return null;
  }

  /** An interrupt meanwhile is kept for the caller: the stop has its own time limit. */
  private static void await(FutureTask<Void> stop) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          stop.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the consumer could not be stopped", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  Map<String, ShardCounters> counters() {
    return core.counters();
  }

  List<ShardPipeline> shards() {
    return core.shards();
  }

  ConsumerCore core() {
    return core;
  }

  String application() {
    return settings.application();
  }
}
