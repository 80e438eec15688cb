package io.scribbler.consumer;

import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.file.FileEngine;
import io.scribbler.net.StreamName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * Makes a {@link Consumer}. Needs an application, a stream and one handler; everything else has a
 * default. {@link #build} reports everything that is wrong at once. Not thread-safe.
 */
public final class ConsumerBuilder {
  private static final long LEAST_MEMORY = 16L << 20;

  private String application;
  private final List<String> streams = new ArrayList<>();
  private String region;
  private URI endpoint;
  private String profile;
  private String roleArn;
  private String externalId;
  private AwsCredentialsProvider credentials;
  private final List<String> topics = new ArrayList<>();
  private final List<String> fields = new ArrayList<>();
  private StartPosition start = StartPosition.newest();
  private Retrieval retrieval = Retrieval.POLLING;
  private Duration pollInterval = Duration.ofSeconds(1);
  private Engine engine;
  private Function<Assignment, AssignedHandler> handlers;
  private int handlersGiven;
  private boolean shardHandlers;
  private RetryPolicy retry = RetryPolicy.retry();
  private GapPolicy gaps = GapPolicy.STOP;
  private Duration checkpointInterval = Duration.ofSeconds(5);
  private Duration handlerTimeout = Duration.ZERO;
  private int parallelism = 1;
  private boolean dropDuplicates;
  private int windowBytes = 1 << 20;
  private int batchMessages = 10_000;
  private int batchBytes = 4 << 20;
  private long memory = Math.max(LEAST_MEMORY, Runtime.getRuntime().maxMemory() / 4);
  private Duration closeTimeout = Duration.ofSeconds(30);

  ConsumerBuilder() {}

  /** The name under which progress is kept: {@code [A-Za-z0-9._-]{1,128}}. */
  public ConsumerBuilder application(String name) {
    application = name;
    return this;
  }

  /** A stream to read, by name or ARN; more than one may be given. */
  public ConsumerBuilder stream(String nameOrArn) {
    streams.add(nameOrArn);
    return this;
  }

  /** Where the streams are; by default the ARN's, the environment's or the profile's. */
  public ConsumerBuilder region(String name) {
    region = name;
    return this;
  }

  /** Where Kinesis's API is, instead of the region's own. */
  public ConsumerBuilder endpoint(URI uri) {
    endpoint = uri;
    return this;
  }

  /** The profile in the AWS configuration files. */
  public ConsumerBuilder profile(String name) {
    profile = name;
    return this;
  }

  /** A role to assume, and what its trust policy asks for, which may be null. */
  public ConsumerBuilder role(String arn, String newExternalId) {
    roleArn = arn;
    externalId = newExternalId;
    return this;
  }

  /** Credentials, instead of those that every AWS tool finds. */
  public ConsumerBuilder credentials(AwsCredentialsProvider provider) {
    credentials = provider;
    return this;
  }

  /**
   * The topics that are wanted; without a call, all but the system's own, which begin with {@code
   * _}. Blocks of other topics are never decompressed.
   */
  public ConsumerBuilder topics(String... names) {
    topics.addAll(Arrays.asList(names));
    return this;
  }

  /**
   * The top-level fields that are wanted of JSON messages: the handler gets objects with these
   * alone. What is no JSON object comes as it is.
   */
  public ConsumerBuilder fields(String... names) {
    fields.addAll(Arrays.asList(names));
    return this;
  }

  /**
   * Where a shard begins that the application has no checkpoint of; newest by default. Newest is
   * the moment of the application's first start, kept with its checkpoints.
   */
  public ConsumerBuilder startAt(StartPosition position) {
    start = position;
    return this;
  }

  /** How records are fetched; polling by default. */
  public ConsumerBuilder retrieval(Retrieval how) {
    retrieval = how;
    return this;
  }

  /** The least time between two reads of a shard at its tip when polling; a second by default. */
  public ConsumerBuilder pollInterval(Duration interval) {
    pollInterval = interval;
    return this;
  }

  /**
   * Keeps checkpoints in files below this directory, for one process at a time; the default, below
   * {@code $XDG_STATE_HOME/scribbler/consumers}. Only there a {@link #dropDuplicates} window
   * survives a restart.
   */
  public ConsumerBuilder state(Path directory) {
    engine = new FileEngine(directory);
    return this;
  }

  /** Another engine: KCL with DynamoDB, or the test kit's. */
  public ConsumerBuilder engine(Engine newEngine) {
    engine = newEngine;
    return this;
  }

  /** What is done with each message. */
  public ConsumerBuilder onMessage(MessageHandler handler) {
    HandlerCall call = HandlerCall.ofMessages(Objects.requireNonNull(handler, "handler"));
    return handlers(assignment -> AssignedHandler.plain(call), false);
  }

  /** What is done with messages, many at a time. */
  public ConsumerBuilder onBatch(BatchHandler handler) {
    HandlerCall call = HandlerCall.ofBatches(Objects.requireNonNull(handler, "handler"));
    return handlers(assignment -> AssignedHandler.plain(call), false);
  }

  /**
   * Makes a handler for each shard that this process comes to own. It may take the shard's
   * checkpoints over ({@link ShardAssignment#takeCheckpoints}).
   */
  public ConsumerBuilder shardHandlers(Function<ShardAssignment, ShardHandler> maker) {
    Objects.requireNonNull(maker, "maker");
    return handlers(assignment -> AssignedHandler.of(maker.apply(assignment)), true);
  }

  private ConsumerBuilder handlers(
      Function<Assignment, AssignedHandler> newHandlers, boolean forShards) {
    handlers = newHandlers;
    shardHandlers = forShards;
    handlersGiven++;
    return this;
  }

  /** What follows when the handler fails; trying without end by default. */
  public ConsumerBuilder retry(RetryPolicy policy) {
    retry = policy;
    return this;
  }

  /** What follows when the stream no longer has a position; the shard stops by default. */
  public ConsumerBuilder gaps(GapPolicy policy) {
    gaps = policy;
    return this;
  }

  /** The least time between two commits of a shard; 5 s by default. */
  public ConsumerBuilder checkpointInterval(Duration interval) {
    checkpointInterval = interval;
    return this;
  }

  /**
   * The time after which a handler is interrupted, which counts as a failure; none by default. One
   * that doesn't return then holds its shard up, and nothing of it is committed.
   */
  public ConsumerBuilder handlerTimeout(Duration time) {
    handlerTimeout = time;
    return this;
  }

  /**
   * Threads for each shard, 1 by default; for handlers that wait. Messages of one key stay in order
   * in one thread; commits go as far as everything is done.
   */
  public ConsumerBuilder parallelism(int threads) {
    parallelism = threads;
    return this;
  }

  /**
   * Leaves out messages whose identity was handled lately in the same shard. Duplicates are counted
   * in any case.
   *
   * @param bytesPerShard memory for identities, 64 KiB to 64 MiB; a source (producer, epoch, topic)
   *     takes about 250 bytes
   */
  public ConsumerBuilder dropDuplicates(int bytesPerShard) {
    dropDuplicates = true;
    windowBytes = bytesPerShard;
    return this;
  }

  /** Leaves out duplicates, with 1 MiB of memory for a shard. */
  public ConsumerBuilder dropDuplicates() {
    return dropDuplicates(1 << 20);
  }

  /** How large a batch gets: so many messages or bytes, whichever is first; 10,000 and 4 MiB. */
  public ConsumerBuilder batchSize(int messages, int bytes) {
    batchMessages = messages;
    batchBytes = bytes;
    return this;
  }

  /**
   * Memory for everything that was read and is not handled, in bytes, over all shards: half for
   * what was fetched, half for what is decompressed. A quarter of the heap by default, 16 MiB at
   * least. A single block larger than that passes alone.
   */
  public ConsumerBuilder memory(long bytes) {
    memory = bytes;
    return this;
  }

  /** How long {@link Consumer#close} waits for handlers; 30 s by default. */
  public ConsumerBuilder closeTimeout(Duration time) {
    closeTimeout = time;
    return this;
  }

  /**
   * The consumer, not started.
   *
   * @throws IllegalArgumentException with a line for everything that is wrong
   */
  public Consumer build() {
    List<String> errors = new ArrayList<>();
    check(errors, handlersGiven == 1, "handler: give one of onMessage, onBatch, shardHandlers");
    check(errors, application != null, "application: give a name");
    check(errors, !streams.isEmpty(), "stream: name at least one");
    check(errors, parallelism >= 1 && parallelism <= 256, "parallelism: 1 to 256");
    check(
        errors,
        parallelism == 1 || !shardHandlers,
        "parallelism: a shard's own handler has one thread");
    check(errors, memory >= LEAST_MEMORY, "memory: at least 16 MiB");
    check(
        errors,
        windowBytes >= 64 << 10 && windowBytes <= 64 << 20,
        "dropDuplicates: 64 KiB to 64 MiB a shard");
    check(errors, batchMessages >= 1 && batchBytes >= 1, "batchSize: at least 1");
    check(errors, !checkpointInterval.isNegative(), "checkpointInterval: not negative");
    check(errors, !handlerTimeout.isNegative(), "handlerTimeout: not negative");
    check(errors, !closeTimeout.isNegative(), "closeTimeout: not negative");
    check(errors, topics.stream().noneMatch(String::isEmpty), "topics: a name is empty");
    check(errors, fields.stream().noneMatch(String::isEmpty), "fields: a name is empty");
    List<StreamLocation> locations = new ArrayList<>();
    for (String stream : streams) {
      collect(errors, () -> "stream: ", () -> locations.add(location(stream)));
    }
    ConsumerSettings[] settings = new ConsumerSettings[1];
    if (errors.isEmpty()) {
      collect(errors, () -> "", () -> settings[0] = settings(locations));
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", errors));
    }
    return new Consumer(
        settings[0],
        processing(),
        engine != null ? engine : new FileEngine(FileEngine.defaultDirectory(System.getenv())),
        memory,
        closeTimeout);
  }

  private StreamLocation location(String stream) {
    return new StreamLocation(
        StreamName.parse(stream), region, endpoint, profile, roleArn, externalId);
  }

  private ConsumerSettings settings(List<StreamLocation> locations) {
    return new ConsumerSettings(
        application,
        locations,
        Optional.ofNullable(credentials),
        start,
        retrieval,
        pollInterval,
        System.getenv());
  }

  private ProcessingSettings processing() {
    return new ProcessingSettings(
        handlers,
        new TopicSelection(topics),
        List.copyOf(fields),
        retry,
        gaps,
        checkpointInterval,
        handlerTimeout,
        parallelism,
        dropDuplicates,
        windowBytes,
        batchMessages,
        batchBytes);
  }

  private static void check(List<String> errors, boolean right, String error) {
    if (!right) {
      errors.add(error);
    }
  }

  private static void collect(List<String> errors, Supplier<String> prefix, Runnable part) {
    try {
      part.run();
    } catch (IllegalArgumentException | NullPointerException e) {
      errors.add(prefix.get() + e.getMessage());
    }
  }
}
