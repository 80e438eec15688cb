package io.scribbler.agent.cli;

import io.scribbler.agent.config.Compression;
import io.scribbler.agent.config.Format;
import io.scribbler.agent.config.Ordering;
import io.scribbler.agent.config.StreamBuilder;
import io.scribbler.agent.config.StreamConfig;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of a stream: every key of a stream in the configuration file. */
final class StreamOptions {
  @Option(
      names = {"--stream", "--stream-name"},
      paramLabel = "NAME|ARN",
      description = "The Kinesis stream, by name or ARN; needed.")
  private Optional<String> stream = Optional.empty();

  @Option(names = "--region", paramLabel = "REGION", description = "Its AWS region.")
  private Optional<String> region = Optional.empty();

  @Option(
      names = {"--endpoint", "--endpoint-url"},
      paramLabel = "URL",
      description = "Where to send instead of the region's own endpoint.")
  private Optional<String> endpoint = Optional.empty();

  @Option(names = "--profile", paramLabel = "NAME", description = "Profile of the AWS files.")
  private Optional<String> profile = Optional.empty();

  @Option(names = "--role-arn", paramLabel = "ARN", description = "A role to assume.")
  private Optional<String> roleArn = Optional.empty();

  @Option(names = "--external-id", paramLabel = "ID", description = "Given when assuming the role.")
  private Optional<String> externalId = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "firehose|kpl|plain",
      description =
          "firehose: blocks with topic, identity and compression; kpl: KPL aggregates, payloads as"
              + " they came; plain: one message a record (default: firehose).")
  private Optional<Format> format = Optional.empty();

  @Option(
      names = "--compression",
      paramLabel = "zstd|gzip|none",
      description = "Of the firehose format (default: zstd).")
  private Optional<Compression> compression = Optional.empty();

  @Option(names = "--compression-level", paramLabel = "N", description = "1-19 zstd, 1-9 gzip.")
  private Optional<Integer> compressionLevel = Optional.empty();

  @Option(
      names = "--block-size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Bytes of messages that make a block (default: 512KiB).")
  private Optional<Long> blockSize = Optional.empty();

  @Option(
      names = "--linger",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long a message may wait for others (default: 100ms).")
  private Optional<Duration> linger = Optional.empty();

  @Option(
      names = "--record-size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Bytes that a record aims at (default: 512000).")
  private Optional<Long> recordSize = Optional.empty();

  @Option(
      names = "--max-record-size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "The stream's limit of a record (default: 1MiB).")
  private Optional<Long> maxRecordSize = Optional.empty();

  @Option(
      names = "--ordering",
      paramLabel = "relaxed|strict",
      description = "strict: one record of a shard at a time, so that order is kept.")
  private Optional<Ordering> ordering = Optional.empty();

  @Option(
      names = "--max-in-flight",
      paramLabel = "N",
      description = "PutRecords requests at once (default: 8).")
  private Optional<Integer> maxInFlight = Optional.empty();

  @Option(
      names = "--max-request-records",
      paramLabel = "N",
      description = "Records in a request (default: 500, the service's limit).")
  private Optional<Integer> maxRequestRecords = Optional.empty();

  @Option(
      names = "--max-request-bytes",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Bytes in a request (default: 10MiB, the service's limit).")
  private Optional<Long> maxRequestBytes = Optional.empty();

  @Option(
      names = "--request-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long a request may take (default: 30s).")
  private Optional<Duration> requestTimeout = Optional.empty();

  @Option(
      names = "--shard-refresh",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How often the shards are looked up (default: 30s).")
  private Optional<Duration> shardRefresh = Optional.empty();

  /** Whether it is said which stream. */
  boolean given() {
    return stream.isPresent();
  }

  /** The stream's settings; what is not given has its default. */
  StreamConfig toConfig() {
    StreamBuilder builder = StreamConfig.builder(stream.orElseThrow());
    region.ifPresent(builder::region);
    endpoint.ifPresent(builder::endpoint);
    profile.ifPresent(builder::profile);
    roleArn.ifPresent(builder::roleArn);
    externalId.ifPresent(builder::externalId);
    format.ifPresent(builder::format);
    compression.ifPresent(builder::compression);
    compressionLevel.ifPresent(builder::compressionLevel);
    blockSize.ifPresent(builder::blockSize);
    linger.ifPresent(builder::linger);
    recordSize.ifPresent(builder::recordSize);
    maxRecordSize.ifPresent(builder::maxRecordSize);
    ordering.ifPresent(builder::ordering);
    maxInFlight.ifPresent(builder::maxInFlight);
    maxRequestRecords.ifPresent(builder::maxRequestRecords);
    maxRequestBytes.ifPresent(builder::maxRequestBytes);
    requestTimeout.ifPresent(builder::requestTimeout);
    shardRefresh.ifPresent(builder::shardRefresh);
    return builder.build();
  }
}
