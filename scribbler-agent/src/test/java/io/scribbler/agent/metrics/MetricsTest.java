package io.scribbler.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private final Ledger ledger = new Ledger();
  private final Metrics metrics = new Metrics(ledger, () -> 17, 64 << 20, "0.1.0");

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void namesAndLabelsAreThoseOfTheContract() throws IOException {
    Ledger.Topic topic = ledger.stream("s").topic("t");
    topic.accepted(6, 60);
    topic.delivered(2, 20);
    topic.recovered(1, 10);
    topic.spooled(1, 10);
    topic.deadLettered("too-long", 1, 10);
    topic.dropped("full", 1, 10);
    topic.found(3, 30);
    ledger.registerInMemory("s", tally -> tally.add("t", 2, 20));
    ledger.stream("s").registerOnDisk(tally -> tally.add("t", 3, 30));
    metrics.bind("s", new Stats());
    metrics.bind("stdin", new Pipe());
    RequestObserver observer = metrics.observer("s");
    observer.answered("ok", TimeUnit.MILLISECONDS.toNanos(40));
    observer.answered("ok", TimeUnit.MILLISECONDS.toNanos(60));
    observer.retried("throttled", 3);

    assertThat(scrape().lines())
        .contains(
            "scribbler_messages_accepted_total{stream=\"s\",topic=\"t\"} 6.0",
            "scribbler_bytes_accepted_total{stream=\"s\",topic=\"t\"} 60.0",
            "scribbler_messages_delivered_total{stream=\"s\",topic=\"t\"} 2.0",
            "scribbler_bytes_delivered_total{stream=\"s\",topic=\"t\"} 20.0",
            "scribbler_messages_recovered_total{stream=\"s\",topic=\"t\"} 1.0",
            "scribbler_messages_spooled_total{stream=\"s\",topic=\"t\"} 1.0",
            "scribbler_messages_dead_lettered_total"
                + "{reason=\"too-long\",stream=\"s\",topic=\"t\"} 1.0",
            "scribbler_bytes_dropped_total{reason=\"full\",stream=\"s\",topic=\"t\"} 10.0",
            "scribbler_messages_in_memory{stream=\"s\",topic=\"t\"} 2.0",
            "scribbler_memory_used_bytes 17.0",
            "scribbler_memory_limit_bytes 6.7108864E7",
            "scribbler_oldest_unsent_age_seconds{stream=\"s\"} 1.5",
            "scribbler_delivery_up{stream=\"s\"} 1.0",
            "scribbler_in_flight_requests{stream=\"s\"} 3.0",
            "scribbler_lanes{stream=\"s\"} 4.0",
            "scribbler_messages_found_total{stream=\"s\",topic=\"t\"} 3.0",
            "scribbler_messages_on_disk{stream=\"s\",topic=\"t\"} 3.0",
            "scribbler_spool_waiting_bytes{stream=\"s\"} 5.0",
            "scribbler_spool_used_bytes{stream=\"s\"} 6.0",
            "scribbler_spool_limit_bytes{stream=\"s\"} 7.0",
            "scribbler_spool_up{stream=\"s\"} 1.0",
            "scribbler_spool_full{stream=\"s\"} 0.0",
            "scribbler_spool_until_full_seconds{stream=\"s\"} 8.5",
            "scribbler_spool_quarantined_segments_total{stream=\"s\"} 2.0",
            "scribbler_put_records_total{outcome=\"ok\",stream=\"s\"} 2.0",
            "scribbler_put_records_seconds_count{outcome=\"ok\",stream=\"s\"} 2",
            "scribbler_put_records_seconds_bucket{outcome=\"ok\",stream=\"s\",le=\"0.05\"} 1",
            "scribbler_records_retried_total{reason=\"throttled\",stream=\"s\"} 3.0",
            "scribbler_connections{source=\"stdin\"} 1.0",
            "scribbler_empty_lines_total{source=\"stdin\"} 9.0")
        .anyMatch(line -> line.matches("scribbler_build_info\\{.*version=\"0\\.1\\.0\".*} 1.*"))
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{"));
  }

  @Test
  void topicsBeyondTheFirstThousandAreSummedUp() throws IOException {
    for (int i = 0; i < LedgerMeters.MAX_LABELS + 5; i++) {
      ledger.stream("s").topic("t" + i).accepted(1, 2);
    }
    assertThat(scrape().lines().filter(line -> line.startsWith("scribbler_messages_accepted")))
        .hasSize(LedgerMeters.MAX_LABELS + 1)
        .contains(
            "scribbler_messages_accepted_total{stream=\"s\",topic=\"t0\"} 1.0",
            "scribbler_messages_accepted_total{stream=\"s\",topic=\"_other\"} 5.0");
  }

  @Test
  void whatComesLaterIsShownAtTheNextScrape() throws IOException {
    assertThat(scrape()).doesNotContain("scribbler_messages");
    ledger.stream("s").topic("t").accepted(1, 1);
    assertThat(scrape()).contains("scribbler_messages_accepted_total{stream=\"s\",topic=\"t\"} 1");
    ledger.stream("s").topic("t").accepted(1, 1);
    ledger.stream("s").topic("t").dropped("full", 2, 2);
    assertThat(scrape())
        .contains("scribbler_messages_accepted_total{stream=\"s\",topic=\"t\"} 2")
        .contains("scribbler_messages_dropped_total{reason=\"full\",stream=\"s\",topic=\"t\"} 2");
  }

  @Test
  void openMetricsIsSpokenWhenAskedFor() throws IOException {
    String type = metrics.contentType("application/openmetrics-text;version=1.0.0,*/*;q=0.1");
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    metrics.write(page, type);
    assertThat(type).startsWith("application/openmetrics-text");
    assertThat(page.toString(StandardCharsets.UTF_8)).endsWith("# EOF\n");
  }

  private String scrape() throws IOException {
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    metrics.write(page, metrics.contentType(""));
    return page.toString(StandardCharsets.UTF_8);
  }

  private static final class Stats implements StreamStats {
    @Override
    public double oldestUnsentAgeSeconds() {
      return 1.5;
    }

    @Override
    public boolean deliveryUp() {
      return true;
    }

    @Override
    public int inFlightRequests() {
      return 3;
    }

    @Override
    public int lanes() {
      return 4;
    }

    @Override
    public long spooledBytes() {
      return 5;
    }

    @Override
    public SpoolStats spool() {
      return new Spooled();
    }
  }

  private static final class Spooled implements SpoolStats {
    @Override
    public long usedBytes() {
      return 6;
    }

    @Override
    public long maxBytes() {
      return 7;
    }

    @Override
    public boolean up() {
      return true;
    }

    @Override
    public boolean full() {
      return false;
    }

    @Override
    public double secondsUntilFull() {
      return 8.5;
    }

    @Override
    public long quarantinedSegments() {
      return 2;
    }
  }

  private static final class Pipe implements SourceStats {
    @Override
    public int connections() {
      return 1;
    }

    @Override
    public long emptyLines() {
      return 9;
    }
  }
}
