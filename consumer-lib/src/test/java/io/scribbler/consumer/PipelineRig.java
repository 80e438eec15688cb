package io.scribbler.consumer;

import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.net.StreamName;
import io.scribbler.record.Codec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/** One shard's pipeline, fed by hand, with a lease that remembers what was stored. */
final class PipelineRig implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(30);
  static final String STREAM = "s";

  /** What was committed, in order. */
  final List<Position> commits = new ArrayList<>();

  final AtomicInteger failingCommits = new AtomicInteger();

  /** Commits that end with an error in the handlers' threads, as a fault of the library would. */
  final AtomicInteger fatalCommits = new AtomicInteger();

  /** Holds up commits. */
  volatile CountDownLatch hangingCommits = new CountDownLatch(0);

  private final FakeEngine engine = new FakeEngine();
  private final ConsumerCore core;
  final ShardPipeline shard;
  private long record;
  private long sequence;

  /** Settings that tests change one by one. */
  static final class Options {
    Function<Assignment, AssignedHandler> handler;
    List<String> topics = List.of();
    RetryPolicy retry = RetryPolicy.retry();
    GapPolicy gaps = GapPolicy.STOP;
    Duration timeout = Duration.ZERO;
    int parallelism = 1;
    boolean dropDuplicates;
    int batchMessages = 10_000;
    long memory = 64 << 20;
    Checkpoint checkpoint = Checkpoint.NONE;

    Options onMessage(MessageHandler newHandler) {
      handler = assignment -> AssignedHandler.plain(HandlerCall.ofMessages(newHandler));
      return this;
    }

    Options onBatch(BatchHandler newHandler) {
      handler = assignment -> AssignedHandler.plain(HandlerCall.ofBatches(newHandler));
      return this;
    }

    Options forShards(Function<ShardAssignment, ShardHandler> maker) {
      handler = assignment -> AssignedHandler.of(maker.apply(assignment));
      return this;
    }

    Options retry(RetryPolicy policy) {
      retry = policy.withDelays(Duration.ofMillis(1), Duration.ofMillis(4));
      return this;
    }

    PipelineRig start() {
      return new PipelineRig(this);
    }
  }

  private PipelineRig(Options options) {
    ConsumerSettings settings =
        new ConsumerSettings(
            "test",
            List.of(
                new StreamLocation(StreamName.parse(STREAM), "us-east-1", null, null, null, null)),
            Optional.empty(),
            StartPosition.oldest(),
            Retrieval.POLLING,
            Duration.ofMillis(1),
            Map.of());
    ProcessingSettings processing =
        new ProcessingSettings(
            options.handler,
            new TopicSelection(options.topics),
            List.of(),
            options.retry,
            options.gaps,
            Duration.ZERO,
            options.timeout,
            options.parallelism,
            options.dropDuplicates,
            1 << 20,
            options.batchMessages,
            1 << 20);
    core = new ConsumerCore(settings, processing, engine, options.memory);
    core.begin(false);
    shard = (ShardPipeline) core.assigned(new Lease(options.checkpoint));
  }

  static Options options() {
    return new Options();
  }

  ConsumerCore core() {
    return core;
  }

  ShardCounters counters() {
    return core.counters(STREAM);
  }

  /** Gives records to the pipeline as an engine does. */
  void give(StreamRecord... records) {
    try {
      shard.records(List.of(records), 0);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next record, with these bytes. */
  StreamRecord record(byte[] data) {
    record++;
    return new StreamRecord(number(record), "key", System.currentTimeMillis(), data);
  }

  /** The next record, of messages {@code text-N} that carry on with the sequence. */
  StreamRecord messages(int count) {
    return record(Streams.record(block("t", count)));
  }

  byte[] block(String topic, int count) {
    long first = sequence;
    sequence += count;
    return Streams.block(
        Codec.ZSTD,
        topic,
        first,
        IntStream.range(0, count).mapToObj(i -> "text-" + (first + i)).toList());
  }

  static String number(long record) {
    return "4963" + String.format("%020d", record);
  }

  static List<String> texts(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "text-" + i).toList();
  }

  Optional<Position> lastCommit() {
    synchronized (commits) {
      return commits.isEmpty() ? Optional.empty() : Optional.of(commits.get(commits.size() - 1));
    }
  }

  /** Waits until everything that was given is committed. */
  void awaitCommit(long recordNumber, int messages) {
    Position end = new Position(number(recordNumber), messages);
    await()
        .atMost(SOON)
        .until(
            () -> {
              shard.commitIfDue();
              return lastCommit().equals(Optional.of(end));
            });
  }

  @Override
  public void close() {
    shard.lost();
  }

  private final class Lease implements ShardLease {
    private final Checkpoint checkpoint;

    Lease(Checkpoint checkpoint) {
      this.checkpoint = checkpoint;
    }

    @Override
    public String stream() {
      return STREAM;
    }

    @Override
    public String shardId() {
      return "shard-0";
    }

    @Override
    public Checkpoint checkpoint() {
      return checkpoint;
    }

    @Override
    public void commit(Position position, Instant upTo, byte[] seen) {
      if (failingCommits.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        throw new CheckpointException("the store is down", null);
      }
      boolean lane = Thread.currentThread().getName().startsWith("scribbler-");
      if (lane && fatalCommits.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        throw new LinkageError("as it were");
      }
      try {
        hangingCommits.await();
      } catch (InterruptedException e) {
        throw new CheckpointException("interrupted", e);
      }
      synchronized (commits) {
        commits.add(position);
      }
    }

    @Override
    public void prepare(Position position, byte[] state) {
      throw new IllegalStateException("nothing prepares here");
    }
  }

  private static final class FakeEngine implements Engine {
    @Override
    public void start(EngineHost host) {}

    @Override
    public boolean stop(Duration time) {
      return true;
    }

    @Override
    public boolean paused() {
      return false;
    }

    @Override
    public void pause(boolean paused) {}

    @Override
    public Duration retention(String stream) {
      return Duration.ofHours(24);
    }

    @Override
    public List<String> troubles() {
      return List.of();
    }
  }

  /** Letters as they were parked, their messages copied. */
  static final class Letters implements DeadLetterHandler {
    @SuppressWarnings("ArrayRecordComponent") // only looked at
    record Letter(String text, byte[] bytes, Position position, String cause) {
      @Override
      public String toString() {
        return text + " at " + position;
      }
    }

    final Queue<Letter> all = new ConcurrentLinkedQueue<>();
    final AtomicInteger failing = new AtomicInteger();

    @Override
    public void park(DeadLetter letter) {
      if (failing.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        throw new IllegalStateException("the disk is full");
      }
      all.add(
          new Letter(
              letter.message().map(ConsumerMessage::text).orElse(null),
              letter.record().map(r -> r.data().clone()).orElse(null),
              letter.position(),
              String.valueOf(letter.cause().getMessage())));
    }

    List<String> texts() {
      return all.stream().map(Letter::text).toList();
    }
  }
}
