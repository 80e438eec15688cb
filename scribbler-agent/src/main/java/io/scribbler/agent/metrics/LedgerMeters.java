package io.scribbler.agent.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The ledger's meters, which all show the same snapshot, so that what is scraped balances. A
 * stream's first {@value #MAX_LABELS} topics have a label of their own, the rest is summed up as
 * {@code _other}. Guarded by itself.
 */
final class LedgerMeters {
  static final int MAX_LABELS = 1000;

  private final Ledger ledger;
  private final MeterRegistry registry;
  private final Set<Object> bound = new HashSet<>();
  private Map<Series, Counts> current = Map.of();

  private record Series(String stream, String topic) {}

  private record Meter(Series series, String name, String reason) {}

  LedgerMeters(Ledger ledger, MeterRegistry registry) {
    this.ledger = ledger;
    this.registry = registry;
  }

  /** Takes a snapshot and shows it from now on; makes meters for what is new in it. */
  void refresh() {
    Map<Series, Counts> next = new HashMap<>();
    ledger
        .snapshot()
        .streams()
        .forEach(
            (stream, topics) -> {
              int labels = 0;
              for (Map.Entry<String, Counts> topic : topics.entrySet()) {
                String label = labels++ < MAX_LABELS ? topic.getKey() : Ledger.OTHER;
                next.merge(new Series(stream, label), topic.getValue(), Counts::plus);
              }
            });
    current = next;
    next.forEach(this::bind);
  }

  private void bind(Series series, Counts counts) {
    if (bound.add(series)) {
      counter(series, "accepted", "", Counts::accepted);
      counter(series, "delivered", "", Counts::delivered);
      held("in.memory", series, Counts::inMemory);
    }
    if (!counts.found().equals(Amount.ZERO)) {
      counter(series, "found", "", Counts::found);
    }
    if (!counts.toDisk().equals(Amount.ZERO) && bound.add(new Meter(series, "on.disk", ""))) {
      held("on.disk", series, Counts::onDisk);
    }
    if (!counts.recovered().equals(Amount.ZERO)) {
      counter(series, "recovered", "", Counts::recovered);
    }
    if (!counts.spooled().equals(Amount.ZERO)) {
      counter(series, "spooled", "", Counts::spooled);
    }
    for (String reason : counts.deadLettered().keySet()) {
      counter(series, "dead.lettered", reason, c -> amount(c.deadLettered(), reason));
    }
    for (String reason : counts.dropped().keySet()) {
      counter(series, "dropped", reason, c -> amount(c.dropped(), reason));
    }
  }

  private void counter(Series series, String name, String reason, Function<Counts, Amount> term) {
    if (!bound.add(new Meter(series, name, reason))) {
      return;
    }
    Tags tags = reason.isEmpty() ? tags(series) : tags(series).and("reason", reason);
    FunctionCounter.builder(
            "scribbler.messages." + name, this, meters -> meters.of(series, term).messages())
        .tags(tags)
        .register(registry);
    FunctionCounter.builder(
            "scribbler.bytes." + name, this, meters -> meters.of(series, term).bytes())
        .tags(tags)
        .register(registry);
  }

  private void held(String name, Series series, Function<Counts, Amount> term) {
    Gauge.builder("scribbler.messages." + name, this, meters -> meters.of(series, term).messages())
        .tags(tags(series))
        .register(registry);
    Gauge.builder("scribbler.bytes." + name, this, meters -> meters.of(series, term).bytes())
        .tags(tags(series))
        .register(registry);
  }

  private Amount of(Series series, Function<Counts, Amount> term) {
    return term.apply(current.getOrDefault(series, Counts.ZERO));
  }

  private static Amount amount(Map<String, Amount> reasons, String reason) {
    return reasons.getOrDefault(reason, Amount.ZERO);
  }

  private static Tags tags(Series series) {
    return Tags.of("stream", series.stream(), "topic", series.topic());
  }
}
