package io.scribbler.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Lets scripts on this host change a running stream's faults and read its counters: {@code POST
 * /_local/faults?fail-percent=20}, {@code POST /_local/down?millis=5000}, {@code GET
 * /_local/counters}.
 */
final class Control {
  private final Faults faults;
  private final Counters counters;
  private final Consumer<Duration> outage;

  Control(Faults faults, Counters counters, Consumer<Duration> outage) {
    this.faults = faults;
    this.counters = counters;
    this.outage = outage;
  }

  void answer(Exchange exchange) {
    if (!exchange.isFromThisHost()) {
      exchange.text(403, "Only from this host.\n");
      return;
    }
    try {
      QueryStringDecoder query = new QueryStringDecoder(exchange.uri());
      String request = exchange.method() + " " + query.path();
      switch (request) {
        case "GET /_local/counters" -> exchange.text(200, counters.text());
        case "POST /_local/faults" -> {
          query.parameters().forEach(this::apply);
          exchange.text(200, "OK\n");
        }
        case "POST /_local/down" -> {
          List<String> millis = query.parameters().getOrDefault("millis", List.of("1000"));
          outage.accept(Duration.ofMillis(Long.parseLong(millis.get(0))));
          exchange.text(200, "OK\n");
        }
        default ->
            exchange.text(
                404,
                "There are GET /_local/counters, POST /_local/faults and POST /_local/down.\n");
      }
    } catch (IllegalArgumentException e) {
      exchange.text(400, e.getMessage() + "\n");
    }
  }

  private void apply(String name, List<String> values) {
    String value = values.get(values.size() - 1);
    switch (name) {
      case "reset" -> faults.reset();
      case "fail-percent" -> faults.failRecords(share(value));
      case "throttle-percent" -> faults.throttleRecords(share(value));
      case "error-percent" -> faults.errorRequests(share(value));
      case "unavailable-percent" -> faults.unavailableRequests(share(value));
      case "drop-connections-percent" -> faults.dropBeforeReading(share(value));
      case "drop-answers-percent" -> faults.dropAfterApplying(share(value));
      case "delay-millis" -> faults.delay(Duration.ofMillis(Long.parseLong(value)));
      case "clock-ahead-millis" -> faults.clockAhead(Duration.ofMillis(Long.parseLong(value)));
      case "refuse" -> faults.refuse(refusal(value));
      case "stuck-shard" -> faults.stuckShard(value.isEmpty() ? null : value);
      case "poison" -> faults.poison(value.getBytes(UTF_8));
      default -> throw new IllegalArgumentException("There is no fault '" + name + "'.");
    }
  }

  private static double share(String percent) {
    return Double.parseDouble(percent) / 100;
  }

  private static Refusal refusal(String name) {
    return name.isEmpty() || name.equals("none")
        ? null
        : Refusal.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
