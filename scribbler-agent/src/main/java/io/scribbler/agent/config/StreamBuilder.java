package io.scribbler.agent.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Collects a stream's settings, each checked as it comes; what is not set has its default, which
 * stands here only. What must hold between settings is checked by {@link #build()}. Not
 * thread-safe.
 */
public final class StreamBuilder {
  private String name;
  private List<String> topics = List.of("*");
  private Optional<String> region = Optional.empty();
  private Optional<URI> endpoint = Optional.empty();
  private Optional<String> profile = Optional.empty();
  private Optional<String> roleArn = Optional.empty();
  private Optional<String> externalId = Optional.empty();
  private Format format = Format.FIREHOSE;
  private Compression compression = Compression.ZSTD;
  private OptionalInt compressionLevel = OptionalInt.empty();
  private int blockSize = 512 << 10;
  private Duration linger = Duration.ofMillis(100);
  private int recordSize = 512_000;
  private int maxRecordSize = 1 << 20;
  private Ordering ordering = Ordering.RELAXED;
  private int maxInFlight = 8;
  private int maxRequestRecords = 500;
  private int maxRequestBytes = 10 << 20;
  private Duration requestTimeout = Duration.ofSeconds(30);
  private Duration shardRefresh = Duration.ofSeconds(30);

  StreamBuilder() {}

  /** The stream's name or ARN; needed. */
  public StreamBuilder name(String name) {
    this.name = StreamChecks.name(name);
    return this;
  }

  public StreamBuilder topics(List<String> globs) {
    this.topics = StreamChecks.topics(globs);
    return this;
  }

  public StreamBuilder region(String region) {
    this.region = Optional.of(StreamChecks.region(region));
    return this;
  }

  public StreamBuilder endpoint(URI endpoint) {
    this.endpoint = Optional.of(StreamChecks.endpoint(endpoint));
    return this;
  }

  /** The endpoint as it is written, {@code http://127.0.0.1:4567} for example. */
  public StreamBuilder endpoint(String text) {
    return endpoint(StreamChecks.endpointOf(text));
  }

  public StreamBuilder profile(String profile) {
    this.profile = Optional.of(Checks.text("profile", profile));
    return this;
  }

  public StreamBuilder roleArn(String roleArn) {
    this.roleArn = Optional.of(StreamChecks.roleArn(roleArn));
    return this;
  }

  public StreamBuilder externalId(String externalId) {
    this.externalId = Optional.of(Checks.text("external-id", externalId));
    return this;
  }

  public StreamBuilder format(Format format) {
    this.format = format;
    return this;
  }

  public StreamBuilder compression(Compression compression) {
    this.compression = compression;
    return this;
  }

  /** 1 to 19 for zstd, 1 to 9 for gzip. */
  public StreamBuilder compressionLevel(int level) {
    this.compressionLevel = OptionalInt.of(Checks.range("compression-level", level, 1, 19));
    return this;
  }

  /** In bytes. */
  public StreamBuilder blockSize(long bytes) {
    this.blockSize = StreamChecks.blockSize(bytes);
    return this;
  }

  public StreamBuilder linger(Duration linger) {
    this.linger = StreamChecks.linger(linger);
    return this;
  }

  /** In bytes. */
  public StreamBuilder recordSize(long bytes) {
    this.recordSize = StreamChecks.recordSize(bytes);
    return this;
  }

  /** In bytes. */
  public StreamBuilder maxRecordSize(long bytes) {
    this.maxRecordSize = StreamChecks.maxRecordSize(bytes);
    return this;
  }

  public StreamBuilder ordering(Ordering ordering) {
    this.ordering = ordering;
    return this;
  }

  public StreamBuilder maxInFlight(int requests) {
    this.maxInFlight = StreamChecks.maxInFlight(requests);
    return this;
  }

  public StreamBuilder maxRequestRecords(int records) {
    this.maxRequestRecords = StreamChecks.maxRequestRecords(records);
    return this;
  }

  /** In bytes. */
  public StreamBuilder maxRequestBytes(long bytes) {
    this.maxRequestBytes = StreamChecks.maxRequestBytes(bytes);
    return this;
  }

  public StreamBuilder requestTimeout(Duration timeout) {
    this.requestTimeout = StreamChecks.requestTimeout(timeout);
    return this;
  }

  public StreamBuilder shardRefresh(Duration interval) {
    this.shardRefresh = StreamChecks.shardRefresh(interval);
    return this;
  }

  /**
   * The stream's settings.
   *
   * @throws SettingException if the name is missing or two settings do not go together
   */
  public StreamConfig build() {
    return new StreamConfig(
        name,
        topics,
        region,
        endpoint,
        profile,
        roleArn,
        externalId,
        format,
        compression,
        compressionLevel,
        blockSize,
        linger,
        recordSize,
        maxRecordSize,
        ordering,
        maxInFlight,
        maxRequestRecords,
        maxRequestBytes,
        requestTimeout,
        shardRefresh);
  }
}
