package io.scribbler.consumer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.scribbler.consumer.ConsumerHealth.ShardState;
import io.scribbler.consumer.engine.ByteBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * A consumer's meters in a registry of Micrometer, which the library needs for this class alone and
 * doesn't bring along: {@code io.micrometer:micrometer-core}.
 *
 * <p>All have the tag {@code application}, all but memory {@code stream}; durations are in seconds.
 *
 * <pre>
 *   scribbler.consumer.lag.seconds             gauge by shard    behind the tip; NaN: unknown
 *   scribbler.consumer.checkpoint.age.seconds  gauge by shard    handled and not committed for so long
 *   scribbler.consumer.shards                  gauge by state    running, holding, stopped
 *   scribbler.consumer.messages.handled        counter
 *   scribbler.consumer.bytes.handled           counter           of those messages
 *   scribbler.consumer.handler                 timer             calls of the handler, and their time
 *   scribbler.consumer.handler.failures        counter           calls that failed, and are repeated
 *   scribbler.consumer.parked                  counter           messages and records given up
 *   scribbler.consumer.unreadable              counter           records, whole or in part
 *   scribbler.consumer.duplicates              counter           messages seen before
 *   scribbler.consumer.unidentified            counter           messages without an identity
 *   scribbler.consumer.unprojected             counter           no JSON objects, handed over whole
 *   scribbler.consumer.gaps                    counter           positions that the stream had lost
 *   scribbler.consumer.memory.used.bytes       gauge by pool     fetched, decoded
 *   scribbler.consumer.memory.limit.bytes      gauge by pool
 * </pre>
 *
 * <p>The shards are those that this process owns: gauges come and go with them. Any thread.
 */
public final class ConsumerMeters {
  private static final String PREFIX = "scribbler.consumer.";

  private final ConsumerCore core;
  private final MeterRegistry registry;
  private final Tags tags;

  // Guarded by this.
  private final List<Meter> meters = new ArrayList<>();
  private final MultiGauge lag;
  private final MultiGauge checkpointAge;
  private boolean closed;

  private ConsumerMeters(Consumer consumer, MeterRegistry registry) {
    this.core = consumer.core();
    this.registry = registry;
    this.tags = Tags.of("application", consumer.application());
    this.lag = byShard("lag.seconds", "how far what was handled last is behind the tip");
    this.checkpointAge =
        byShard("checkpoint.age.seconds", "for how long what was handled waits to be committed");
  }

  /**
   * Registers a consumer's meters, before or after its start; they are removed when it is closed.
   * Consumers of one process that share a registry need names of their own.
   */
  public static void bind(Consumer consumer, MeterRegistry registry) {
    ConsumerMeters meters = new ConsumerMeters(consumer, Objects.requireNonNull(registry));
    meters.register();
    meters.core.watch(meters.new Watching());
    meters.shardsChanged();
  }

  private MultiGauge byShard(String name, String description) {
    return MultiGauge.builder(PREFIX + name).tags(tags).description(description).register(registry);
  }

  private synchronized void register() {
    core.counters().forEach(this::stream);
    memory("fetched", core.fetched());
    memory("decoded", core.decoded());
  }

  private void stream(String stream, ShardCounters counters) {
    Tags ofStream = tags.and("stream", stream);
    count("messages.handled", counters.messages, ofStream, "messages that the handler has done");
    count("bytes.handled", counters.bytes, ofStream, "bytes of those messages");
    count("handler.failures", counters.failures, ofStream, "calls of the handler that failed");
    count("parked", counters.parked, ofStream, "messages and records that were given up");
    count("unreadable", counters.unreadable, ofStream, "records that could not be read");
    count("duplicates", counters.duplicates, ofStream, "messages that were seen lately");
    count("unidentified", counters.unidentified, ofStream, "messages without an identity");
    count("unprojected", counters.unprojected, ofStream, "messages that are no JSON object");
    count("gaps", counters.gaps, ofStream, "positions that the stream no longer had");
    meters.add(
        FunctionTimer.builder(
                PREFIX + "handler",
                counters,
                c -> c.calls.sum(),
                c -> c.handlerNanos.sum(),
                TimeUnit.NANOSECONDS)
            .tags(ofStream)
            .description("calls of the handler")
            .register(registry));
    for (ShardState state : ShardState.values()) {
      gauge(
          "shards",
          core,
          all -> inState(all, stream, state),
          ofStream.and("state", state.name().toLowerCase(Locale.ROOT)),
          "shards that this process owns");
    }
  }

  private static long inState(ConsumerCore core, String stream, ShardState state) {
    return core.shards().stream()
        .map(ShardPipeline::health)
        .filter(shard -> shard.stream().equals(stream) && shard.state() == state)
        .count();
  }

  private void memory(String pool, ByteBudget budget) {
    Tags ofPool = tags.and("pool", pool);
    gauge("memory.used.bytes", budget, ByteBudget::used, ofPool, "memory that is taken");
    gauge("memory.limit.bytes", budget, ByteBudget::limit, ofPool, "memory that may be taken");
  }

  private void count(String name, LongAdder counter, Tags with, String description) {
    meters.add(
        FunctionCounter.builder(PREFIX + name, counter, LongAdder::sum)
            .tags(with)
            .description(description)
            .register(registry));
  }

  private <T> void gauge(
      String name, T of, ToDoubleFunction<T> value, Tags with, String description) {
    meters.add(
        Gauge.builder(PREFIX + name, of, value)
            .tags(with)
            .description(description)
            .strongReference(true)
            .register(registry));
  }

  private synchronized void shardsChanged() {
    if (!closed) {
      rows(lag, ShardPipeline::lagSeconds);
      rows(checkpointAge, ShardPipeline::checkpointAgeSeconds);
    }
  }

  private void rows(MultiGauge gauge, ToDoubleFunction<ShardPipeline> value) {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    for (ShardPipeline shard : core.shards()) {
      rows.add(
          MultiGauge.Row.of(
              Tags.of("stream", shard.stream(), "shard", shard.shardId()), shard, value));
    }
    // The rows of before are replaced: a shard that went and came again is another object.
    gauge.register(rows, true);
  }

  private synchronized void remove() {
    closed = true;
    lag.register(List.of(), true);
    checkpointAge.register(List.of(), true);
    meters.forEach(registry::remove);
    meters.clear();
  }

  private final class Watching implements ConsumerCore.Watcher {
    @Override
    public void shardsChanged() {
      ConsumerMeters.this.shardsChanged();
    }

    @Override
    public void closed() {
      remove();
    }
  }
}
