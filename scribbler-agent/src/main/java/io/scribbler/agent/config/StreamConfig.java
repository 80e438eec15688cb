package io.scribbler.agent.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A Kinesis stream that messages go to, and how.
 *
 * @param name the stream's name or its ARN
 * @param topics patterns ({@code *} any text, {@code ?} one character) of the topics that it takes
 * @param region where it is; an ARN's region, the environment's or the profile's when empty
 * @param endpoint instead of the service's own
 * @param profile of the AWS configuration files
 * @param roleArn a role to assume
 * @param externalId given when the role is assumed
 * @param compressionLevel 1 to 19 for zstd, 1 to 9 for gzip; the codec's default when empty
 * @param blockSize bytes of messages, before compression, after which a block is sealed
 * @param linger how long a block waits to be filled
 * @param recordSize bytes, after compression, that a record aims at
 * @param maxRecordSize the stream's limit in bytes, partition key included
 * @param maxInFlight PutRecords requests at once
 * @param maxRequestRecords records in one request
 * @param maxRequestBytes bytes in one request
 * @param requestTimeout how long one request may take
 * @param shardRefresh how often the shards are looked up
 */
public record StreamConfig(
    String name,
    List<String> topics,
    Optional<String> region,
    Optional<URI> endpoint,
    Optional<String> profile,
    Optional<String> roleArn,
    Optional<String> externalId,
    Format format,
    Compression compression,
    OptionalInt compressionLevel,
    int blockSize,
    Duration linger,
    int recordSize,
    int maxRecordSize,
    Ordering ordering,
    int maxInFlight,
    int maxRequestRecords,
    int maxRequestBytes,
    Duration requestTimeout,
    Duration shardRefresh) {

  public StreamConfig {
    StreamChecks.name(name);
    topics = StreamChecks.topics(topics);
    region.ifPresent(StreamChecks::region);
    endpoint.ifPresent(StreamChecks::endpoint);
    profile.ifPresent(p -> Checks.text("profile", p));
    roleArn.ifPresent(StreamChecks::roleArn);
    externalId.ifPresent(id -> Checks.text("external-id", id));
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(compression, "compression");
    Objects.requireNonNull(ordering, "ordering");
    StreamChecks.blockSize(blockSize);
    StreamChecks.linger(linger);
    StreamChecks.recordSize(recordSize);
    StreamChecks.maxRecordSize(maxRecordSize);
    StreamChecks.maxInFlight(maxInFlight);
    StreamChecks.maxRequestRecords(maxRequestRecords);
    StreamChecks.maxRequestBytes(maxRequestBytes);
    StreamChecks.requestTimeout(requestTimeout);
    StreamChecks.shardRefresh(shardRefresh);
    compressionLevel.ifPresent(level -> StreamChecks.level(compression, level));
    StreamChecks.together(recordSize, maxRecordSize, maxRequestBytes, roleArn, externalId);
  }

  /** A builder for the stream of that name or ARN. */
  public static StreamBuilder builder(String name) {
    return new StreamBuilder().name(name);
  }

  /** Whether messages of the topic go to this stream. */
  public boolean takes(String topic) {
    for (String glob : topics) {
      if (Glob.matches(glob, topic)) {
        return true;
      }
    }
    return false;
  }
}
