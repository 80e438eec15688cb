package io.scribbler.agent.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The ledger at one moment: by stream, then by topic in order of first appearance. */
public record Snapshot(Map<String, Map<String, Counts>> streams) {

  /** The terms of one topic; all zero when nothing is known of it. */
  public Counts topic(String stream, String topic) {
    return streams.getOrDefault(stream, Map.of()).getOrDefault(topic, Counts.ZERO);
  }

  /** The sum over a stream's topics. */
  public Counts stream(String stream) {
    return streams.getOrDefault(stream, Map.of()).values().stream()
        .reduce(Counts.ZERO, Counts::plus);
  }

  /** The sum over all streams: a message that goes to two streams counts twice. */
  public Counts total() {
    return streams.keySet().stream().map(this::stream).reduce(Counts.ZERO, Counts::plus);
  }

  /** One line for each topic whose terms do not balance; empty when nothing is lost or doubled. */
  public List<String> imbalances() {
    List<String> found = new ArrayList<>();
    streams.forEach(
        (stream, topics) ->
            topics.forEach(
                (topic, counts) -> {
                  if (!counts.in().equals(counts.accountedFor())) {
                    found.add(
                        line(stream, topic, "in", counts.in(), counts.accountedFor(), counts));
                  }
                  if (!counts.toDisk().equals(counts.diskAccountedFor())) {
                    found.add(
                        line(
                            stream,
                            topic,
                            "to disk",
                            counts.toDisk(),
                            counts.diskAccountedFor(),
                            counts));
                  }
                }));
    return found;
  }

  private static String line(
      String stream, String topic, String where, Amount came, Amount accountedFor, Counts counts) {
    return stream
        + "/"
        + topic
        + ": came "
        + where
        + " "
        + came
        + ", accounted for "
        + accountedFor
        + ": "
        + counts;
  }
}
