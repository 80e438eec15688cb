package io.scribbler.agent.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Counts and times of one stream's requests. Thread-safe. */
final class RequestMeters implements RequestObserver {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
    Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
    Duration.ofMillis(2500), Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(30)
  };

  private final String stream;
  private final MeterRegistry registry;
  private final Map<String, Answered> outcomes = new ConcurrentHashMap<>();
  private final Map<String, Counter> reasons = new ConcurrentHashMap<>();

  private record Answered(Timer time, Counter count) {}

  RequestMeters(String stream, MeterRegistry registry) {
    this.stream = stream;
    this.registry = registry;
  }

  @Override
  public void answered(String outcome, long nanos) {
    Answered meters = outcomes.computeIfAbsent(outcome, this::meters);
    meters.time().record(nanos, TimeUnit.NANOSECONDS);
    meters.count().increment();
  }

  @Override
  public void retried(String reason, long records) {
    reasons.computeIfAbsent(reason, this::retries).increment((double) records);
  }

  private Answered meters(String outcome) {
    return new Answered(
        Timer.builder("scribbler.put.records.seconds")
            .tags("stream", stream, "outcome", outcome)
            .serviceLevelObjectives(BUCKETS)
            .register(registry),
        Counter.builder("scribbler.put.records")
            .tags("stream", stream, "outcome", outcome)
            .register(registry));
  }

  private Counter retries(String reason) {
    return Counter.builder("scribbler.records.retried")
        .tags("stream", stream, "reason", reason)
        .register(registry);
  }
}
