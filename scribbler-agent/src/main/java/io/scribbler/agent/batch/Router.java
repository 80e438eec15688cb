package io.scribbler.agent.batch;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.StreamConfig;
import java.util.List;

/** Which streams a topic's messages go to. Thread-safe. */
public final class Router {
  private record Route(StreamConfig stream, Accumulator accumulator) {}

  private final List<Route> routes;

  /** The accumulators are those of the streams, in the same order. */
  public Router(List<StreamConfig> streams, List<Accumulator> accumulators) {
    routes =
        java.util.stream.IntStream.range(0, streams.size())
            .mapToObj(i -> new Route(streams.get(i), accumulators.get(i)))
            .toList();
  }

  /** Whether the streams that take the topic have room for one more topic, if it is new. */
  public boolean admits(String topic) {
    return routes.stream()
        .filter(route -> route.stream.takes(topic))
        .allMatch(route -> route.accumulator.admits(topic));
  }

  /** Whether any stream takes the topic. */
  public boolean takes(String topic) {
    return routes.stream().anyMatch(route -> route.stream.takes(topic));
  }

  /** A way in for messages of a topic that some stream takes, with the agent's own identity. */
  public Intake intake(String topic, KeyExtractor keys, Acks acks) {
    return new Intake(accumulators(topic), topic, keys, acks, null);
  }

  /**
   * A way in for messages that have sequences of a client's.
   *
   * @param keys the same for all messages, so that their sequences are contiguous in a block
   */
  public Intake intake(String topic, KeyExtractor keys, Acks acks, Identity identity) {
    return new Intake(accumulators(topic), topic, keys, acks, identity);
  }

  private Accumulator[] accumulators(String topic) {
    Accumulator[] accumulators =
        routes.stream()
            .filter(route -> route.stream.takes(topic))
            .map(Route::accumulator)
            .toArray(Accumulator[]::new);
    if (accumulators.length == 0) {
      throw new IllegalArgumentException("no stream takes the topic " + topic);
    }
    return accumulators;
  }
}
