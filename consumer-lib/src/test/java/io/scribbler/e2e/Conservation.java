package io.scribbler.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An agent's metrics, scraped once: does every message that came in have its place? For each stream
 * and topic
 *
 * <pre>
 *   accepted + recovered = delivered + in memory + spooled + dead-lettered + dropped
 *   found + spooled      = recovered + on disk
 * </pre>
 *
 * Uses nothing of the agent's code, so that it can't share its mistakes.
 */
final class Conservation {
  private static final Pattern SAMPLE =
      Pattern.compile("(scribbler_[a-z_]+)(?:\\{([^}]*)\\})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Set<String> TERMS =
      Set.of(
          "accepted_total",
          "recovered_total",
          "delivered_total",
          "in_memory",
          "spooled_total",
          "dead_lettered_total",
          "dropped_total",
          "found_total",
          "on_disk");
  private static final String MESSAGES = "scribbler_messages_";

  private final Map<String, Double> sums = new TreeMap<>(); // by name, over all labels
  private final Map<String, Map<String, Double>> accounts = new TreeMap<>(); // by stream and topic

  /**
   * Takes a page apart.
   *
   * @param page what {@code /metrics} answered, in Prometheus' text format
   */
  Conservation(String page) {
    page.lines().forEach(this::sample);
  }

  private void sample(String line) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      return;
    }
    String name = sample.group(1);
    double value = number(sample.group(3));
    sums.merge(name, value, Double::sum);
    String term = name.startsWith(MESSAGES) ? name.substring(MESSAGES.length()) : "";
    if (TERMS.contains(term)) {
      Map<String, String> labels = new TreeMap<>();
      Matcher label = LABEL.matcher(sample.group(2));
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
      accounts
          .computeIfAbsent(
              labels.get("stream") + "/" + labels.get("topic"), series -> new TreeMap<>())
          .merge(term, value, Double::sum);
    }
  }

  private static double number(String text) {
    return text.endsWith("Inf")
        ? Double.POSITIVE_INFINITY * (text.startsWith("-") ? -1 : 1)
        : Double.parseDouble(text);
  }

  /** A line for each equation that does not hold; none when all is well. */
  List<String> violations() {
    List<String> wrong = new ArrayList<>();
    accounts.forEach(
        (series, terms) -> {
          check(
              wrong,
              series + terms,
              sum(terms, "accepted_total", "recovered_total"),
              sum(
                  terms,
                  "delivered_total",
                  "in_memory",
                  "spooled_total",
                  "dead_lettered_total",
                  "dropped_total"));
          check(
              wrong,
              series + terms,
              sum(terms, "found_total", "spooled_total"),
              sum(terms, "recovered_total", "on_disk"));
        });
    return wrong;
  }

  private static void check(List<String> wrong, String where, double came, double went) {
    if (came != went) {
      wrong.add("%.0f came and %.0f went: %s".formatted(came, went, where));
    }
  }

  private static double sum(Map<String, Double> terms, String... names) {
    double sum = 0;
    for (String name : names) {
      sum += terms.getOrDefault(name, 0.0);
    }
    return sum;
  }

  /** How many streams and topics there are accounts of. */
  int accounts() {
    return accounts.size();
  }

  /** A metric's sum over all labels; 0 if it is not there. */
  double of(String name) {
    return sums.getOrDefault(name, 0.0);
  }
}
