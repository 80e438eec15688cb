package io.scribbler.agent.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * The agent's metrics as Prometheus reads them; it is made only when someone can read them, since
 * Micrometer takes time to load. Thread-safe.
 */
public final class Metrics implements MetricsPage, AutoCloseable {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final LedgerMeters ledger;
  private final JvmGcMetrics gc = new JvmGcMetrics();

  /**
   * Metrics of a ledger and of the memory budget.
   *
   * @param memoryUsed bytes of the budget that are taken
   * @param memoryLimit bytes of the budget
   */
  public Metrics(Ledger ledger, LongSupplier memoryUsed, long memoryLimit, String version) {
    this.ledger = new LedgerMeters(ledger, registry);
    Gauge.builder("scribbler.memory.used.bytes", memoryUsed, LongSupplier::getAsLong)
        .strongReference(true)
        .register(registry);
    Gauge.builder("scribbler.memory.limit.bytes", () -> memoryLimit).register(registry);
    Gauge.builder("scribbler.build.info", () -> 1)
        .tags("version", version, "java", Runtime.version().toString())
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    gc.bindTo(registry);
  }

  /** Who counts a stream's requests. */
  public RequestObserver observer(String stream) {
    return new RequestMeters(stream, registry);
  }

  /** Shows the state of a stream's sender. */
  public void bind(String stream, StreamStats stats) {
    Tags tags = Tags.of("stream", stream);
    Gauge.builder("scribbler.oldest.unsent.age.seconds", stats, StreamStats::oldestUnsentAgeSeconds)
        .tags(tags)
        .strongReference(true)
        .register(registry);
    Gauge.builder("scribbler.delivery.up", stats, s -> s.deliveryUp() ? 1 : 0)
        .tags(tags)
        .strongReference(true)
        .register(registry);
    Gauge.builder("scribbler.in.flight.requests", stats, StreamStats::inFlightRequests)
        .tags(tags)
        .strongReference(true)
        .register(registry);
    SpoolStats spool = stats.spool();
    gauge("scribbler.spool.waiting.bytes", stats, StreamStats::spooledBytes, tags);
    gauge("scribbler.spool.used.bytes", spool, SpoolStats::usedBytes, tags);
    gauge("scribbler.spool.limit.bytes", spool, SpoolStats::maxBytes, tags);
    gauge("scribbler.spool.up", spool, s -> s.up() ? 1 : 0, tags);
    gauge("scribbler.spool.full", spool, s -> s.full() ? 1 : 0, tags);
    gauge("scribbler.spool.until.full.seconds", spool, SpoolStats::secondsUntilFull, tags);
    FunctionCounter.builder(
            "scribbler.spool.quarantined.segments", spool, SpoolStats::quarantinedSegments)
        .tags(tags)
        .register(registry);
    Gauge.builder("scribbler.lanes", stats, StreamStats::lanes)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  private <T> void gauge(String name, T of, ToDoubleFunction<T> value, Tags tags) {
    Gauge.builder(name, of, value).tags(tags).strongReference(true).register(registry);
  }

  /**
   * Shows the state of a source.
   *
   * @param source what tells it apart: {@code stdin}, or the socket's path
   */
  public void bind(String source, SourceStats stats) {
    Tags tags = Tags.of("source", source);
    Gauge.builder("scribbler.connections", stats, SourceStats::connections)
        .tags(tags)
        .strongReference(true)
        .register(registry);
    // The meter keeps no strong reference to what it asks, so it asks this object's lambda.
    FunctionCounter.builder("scribbler.empty.lines", this, metrics -> stats.emptyLines())
        .tags(tags)
        .register(registry);
  }

  @Override
  public String contentType(String accept) {
    return accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
  }

  @Override
  public void write(OutputStream out, String contentType) throws IOException {
    synchronized (ledger) {
      ledger.refresh();
      registry.scrape(out, contentType);
    }
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
