package io.scribbler.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * How an embedded stream runs. Immutable; start from {@link #defaults} and change with the {@code
 * with} methods.
 *
 * @param host address to listen on
 * @param port port to listen on, 0 for any that is free
 * @param dir directory to keep everything in, or null to keep it in memory
 * @param shards shards of a stream that names no number of its own, 1 to 1,000
 * @param streams streams that are there from the start, each {@code NAME} or {@code NAME:SHARDS}
 * @param autoCreate whether a stream that is missing is made when it is first named
 * @param throttle whether shards have the service's rates
 * @param bytesPerSecond what a shard takes in each second when throttled
 * @param recordsPerSecond what a shard takes in each second when throttled
 * @param maxRecordBytes most bytes of a record, partition key included, 1 byte to 10 MiB
 * @param retainMemory most bytes of memory for records, or for their index when there is a
 *     directory, and never more than half of the heap; the oldest are forgotten as if they had
 *     expired
 * @param retainDisk most bytes of records in the directory
 * @param maxConnections most open connections; those beyond are closed at once
 * @param seed seed of whatever is random
 */
public record LocalOptions(
    String host,
    int port,
    Path dir,
    int shards,
    List<String> streams,
    boolean autoCreate,
    boolean throttle,
    long bytesPerSecond,
    long recordsPerSecond,
    int maxRecordBytes,
    long retainMemory,
    long retainDisk,
    int maxConnections,
    long seed) {

  /** Checks everything; a wrong value is an IllegalArgumentException that names it. */
  public LocalOptions {
    Objects.requireNonNull(host, "host");
    streams = List.copyOf(streams);
    check(port >= 0 && port <= 65_535, "port must be 0 to 65535, not " + port);
    check(shards >= 1 && shards <= 1000, "shards must be 1 to 1000, not " + shards);
    check(bytesPerSecond > 0, "the rate in bytes must be above 0, not " + bytesPerSecond);
    check(recordsPerSecond > 0, "the rate in records must be above 0, not " + recordsPerSecond);
    check(
        maxRecordBytes >= 1 && maxRecordBytes <= 10 << 20,
        "the largest record must be 1 byte to 10 MiB, not " + maxRecordBytes);
    check(retainMemory >= 1 << 20, "memory for records must be 1 MiB at least");
    check(retainDisk >= 1 << 20, "disk for records must be 1 MiB at least");
    check(maxConnections >= 1, "connections must be 1 at least, not " + maxConnections);
    streams.forEach(InitialStream::parse);
  }

  /** Streams of four shards, in memory, without throttling, on any free port. */
  public static LocalOptions defaults() {
    return new LocalOptions(
        "127.0.0.1",
        0,
        null,
        4,
        List.of(),
        false,
        false,
        1 << 20,
        1000,
        1 << 20,
        256L << 20,
        16L << 30,
        1024,
        1);
  }

  public LocalOptions withHost(String value) {
    return edited(copy -> copy.host = value);
  }

  public LocalOptions withPort(int value) {
    return edited(copy -> copy.port = value);
  }

  public LocalOptions withDir(Path value) {
    return edited(copy -> copy.dir = value);
  }

  public LocalOptions withShards(int value) {
    return edited(copy -> copy.shards = value);
  }

  public LocalOptions withStream(String name, int shardCount) {
    List<String> more = new ArrayList<>(streams);
    more.add(name + ":" + shardCount);
    return withStreams(more);
  }

  public LocalOptions withStreams(List<String> value) {
    return edited(copy -> copy.streams = value);
  }

  public LocalOptions withAutoCreate(boolean value) {
    return edited(copy -> copy.autoCreate = value);
  }

  /** The service's rates. */
  public LocalOptions withThrottle() {
    return withThrottle(1 << 20, 1000);
  }

  /** A shard takes in so many bytes and records a second. */
  public LocalOptions withThrottle(long bytes, long records) {
    return edited(
        copy -> {
          copy.throttle = true;
          copy.bytesPerSecond = bytes;
          copy.recordsPerSecond = records;
        });
  }

  public LocalOptions withMaxRecordBytes(int value) {
    return edited(copy -> copy.maxRecordBytes = value);
  }

  public LocalOptions withRetention(long memory, long disk) {
    return edited(
        copy -> {
          copy.retainMemory = memory;
          copy.retainDisk = disk;
        });
  }

  public LocalOptions withMaxConnections(int value) {
    return edited(copy -> copy.maxConnections = value);
  }

  public LocalOptions withSeed(long value) {
    return edited(copy -> copy.seed = value);
  }

  private LocalOptions edited(Edit edit) {
    Copy copy = new Copy(this);
    edit.apply(copy);
    return copy.options();
  }

  private interface Edit {
    void apply(Copy copy);
  }

  /** The same values, to be changed. */
  private static final class Copy {
    private String host;
    private int port;
    private Path dir;
    private int shards;
    private List<String> streams;
    private boolean autoCreate;
    private boolean throttle;
    private long bytesPerSecond;
    private long recordsPerSecond;
    private int maxRecordBytes;
    private long retainMemory;
    private long retainDisk;
    private int maxConnections;
    private long seed;

    Copy(LocalOptions options) {
      host = options.host;
      port = options.port;
      dir = options.dir;
      shards = options.shards;
      streams = options.streams;
      autoCreate = options.autoCreate;
      throttle = options.throttle;
      bytesPerSecond = options.bytesPerSecond;
      recordsPerSecond = options.recordsPerSecond;
      maxRecordBytes = options.maxRecordBytes;
      retainMemory = options.retainMemory;
      retainDisk = options.retainDisk;
      maxConnections = options.maxConnections;
      seed = options.seed;
    }

    LocalOptions options() {
      return new LocalOptions(
          host,
          port,
          dir,
          shards,
          streams,
          autoCreate,
          throttle,
          bytesPerSecond,
          recordsPerSecond,
          maxRecordBytes,
          retainMemory,
          retainDisk,
          maxConnections,
          seed);
    }
  }

  private static void check(boolean right, String message) {
    if (!right) {
      throw new IllegalArgumentException(message);
    }
  }
}
