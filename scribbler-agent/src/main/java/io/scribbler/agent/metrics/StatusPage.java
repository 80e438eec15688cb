package io.scribbler.agent.metrics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How an agent is, as one JSON object: what {@code scribbler status} shows. All of it is of one
 * moment for each stream. Thread-safe.
 */
public final class StatusPage {
  private final About about;
  private final Ledger ledger;
  private final LongSupplier memoryUsed;
  private final long memoryLimit;
  private final long startedNanos = System.nanoTime();
  private final Map<String, Stream> streams = new ConcurrentSkipListMap<>();

  /** Whose page it is. */
  public record About(String producer, long epoch, String version, String spoolPath) {}

  private record Stream(String destination, StreamStats stats, Supplier<String> trouble) {}

  /**
   * A page that knows no stream yet.
   *
   * @param memoryUsed bytes of the budget that are taken, of {@code memoryLimit}
   */
  public StatusPage(About about, Ledger ledger, LongSupplier memoryUsed, long memoryLimit) {
    this.about = about;
    this.ledger = ledger;
    this.memoryUsed = memoryUsed;
    this.memoryLimit = memoryLimit;
  }

  /**
   * Adds a stream.
   *
   * @param destination where it is, for people
   * @param trouble what hindered delivery last
   */
  public void bind(String stream, String destination, StreamStats stats, Supplier<String> trouble) {
    streams.put(stream, new Stream(destination, stats, trouble));
  }

  /**
   * Writes the page.
   *
   * @throws java.util.concurrent.CompletionException if a stream's thread doesn't answer in time
   */
  public void write(OutputStream out) throws IOException {
    Snapshot snapshot = ledger.snapshot();
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("producer", about.producer);
      json.writeNumberField("epoch", about.epoch);
      json.writeStringField("version", about.version);
      json.writeNumberField("pid", ProcessHandle.current().pid());
      json.writeNumberField("uptime_seconds", (System.nanoTime() - startedNanos) / 1_000_000_000);
      json.writeStringField("spool_path", about.spoolPath);
      json.writeNumberField("memory_used_bytes", memoryUsed.getAsLong());
      json.writeNumberField("memory_limit_bytes", memoryLimit);
      imbalances(json, snapshot.imbalances());
      json.writeArrayFieldStart("streams");
      for (Map.Entry<String, Stream> each : streams.entrySet()) {
        stream(json, each.getKey(), each.getValue(), snapshot.stream(each.getKey()));
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void imbalances(JsonGenerator json, List<String> found) throws IOException {
    json.writeBooleanField("balanced", found.isEmpty());
    json.writeArrayFieldStart("imbalances");
    for (String line : found) {
      json.writeString(line);
    }
    json.writeEndArray();
  }

  private static void stream(JsonGenerator json, String name, Stream stream, Counts counts)
      throws IOException {
    StreamStats stats = stream.stats;
    json.writeStartObject();
    json.writeStringField("stream", name);
    json.writeStringField("destination", stream.destination);
    boolean up = stats.deliveryUp();
    json.writeBooleanField("delivery_up", up);
    if (!up) {
      json.writeStringField("trouble", stream.trouble.get());
    }
    amount(json, "accepted", counts.accepted());
    amount(json, "recovered", counts.recovered());
    amount(json, "delivered", counts.delivered());
    amount(json, "in_memory", counts.inMemory());
    amount(json, "spooled", counts.spooled());
    amounts(json, "dead_lettered", counts.deadLettered());
    amounts(json, "dropped", counts.dropped());
    amount(json, "found", counts.found());
    amount(json, "on_disk", counts.onDisk());
    json.writeNumberField("lanes", stats.lanes());
    json.writeNumberField("in_flight_requests", stats.inFlightRequests());
    json.writeNumberField("oldest_unsent_age_seconds", stats.oldestUnsentAgeSeconds());
    spool(json, stats.spool());
    json.writeEndObject();
  }

  private static void spool(JsonGenerator json, SpoolStats spool) throws IOException {
    json.writeObjectFieldStart("spool");
    json.writeNumberField("used_bytes", spool.usedBytes());
    json.writeNumberField("limit_bytes", spool.maxBytes());
    json.writeBooleanField("up", spool.up());
    json.writeBooleanField("full", spool.full());
    double left = spool.secondsUntilFull();
    if (Double.isFinite(left)) {
      json.writeNumberField("seconds_until_full", left);
    }
    json.writeNumberField("quarantined_segments", spool.quarantinedSegments());
    json.writeEndObject();
  }

  private static void amounts(JsonGenerator json, String name, Map<String, Amount> byReason)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, Amount> each : byReason.entrySet()) {
      amount(json, each.getKey(), each.getValue());
    }
    json.writeEndObject();
  }

  private static void amount(JsonGenerator json, String name, Amount amount) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("messages", amount.messages());
    json.writeNumberField("bytes", amount.bytes());
    json.writeEndObject();
  }
}
