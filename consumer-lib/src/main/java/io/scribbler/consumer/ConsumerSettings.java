package io.scribbler.consumer;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * What an engine has to know of a consumer.
 *
 * @param application the name under which progress is kept, {@code [A-Za-z0-9._-]{1,128}}
 * @param streams what is read, at least one; all with the same account, region and endpoint
 * @param credentials whose they are; empty: found as every AWS tool finds them
 * @param start where a shard without a checkpoint begins
 * @param retrieval how records are fetched
 * @param pollInterval the least time between two reads of a shard when polling
 * @param environment the process's variables, for AWS's own settings
 */
public record ConsumerSettings(
    String application,
    List<StreamLocation> streams,
    Optional<AwsCredentialsProvider> credentials,
    StartPosition start,
    Retrieval retrieval,
    Duration pollInterval,
    Map<String, String> environment) {
  private static final Duration LONGEST_POLL_INTERVAL = Duration.ofMinutes(1);

  /** Refuses names and numbers that make no sense; copies the collections. */
  public ConsumerSettings {
    Objects.requireNonNull(application, "application");
    if (!application.matches("[A-Za-z0-9._-]{1,128}")) {
      throw new IllegalArgumentException(
          "application: 1 to 128 of A-Z a-z 0-9 . _ -, not '" + application + "'");
    }
    streams = List.copyOf(streams);
    if (streams.isEmpty()) {
      throw new IllegalArgumentException("stream: name at least one");
    }
    if (streams.stream().map(s -> s.stream().name()).distinct().count() != streams.size()) {
      throw new IllegalArgumentException("stream: the same one twice");
    }
    Objects.requireNonNull(credentials, "credentials");
    Objects.requireNonNull(start, "start");
    Objects.requireNonNull(retrieval, "retrieval");
    if (pollInterval.isNegative() || pollInterval.compareTo(LONGEST_POLL_INTERVAL) > 0) {
      throw new IllegalArgumentException("poll interval: 0 to 1 minute, not " + pollInterval);
    }
    environment = Map.copyOf(environment);
  }
}
