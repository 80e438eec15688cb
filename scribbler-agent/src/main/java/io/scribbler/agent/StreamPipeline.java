package io.scribbler.agent;

import io.scribbler.agent.aws.AwsAccess;
import io.scribbler.agent.batch.Accumulator;
import io.scribbler.agent.batch.BatchSettings;
import io.scribbler.agent.batch.Encoder;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.config.Compression;
import io.scribbler.agent.config.Ordering;
import io.scribbler.agent.config.Replay;
import io.scribbler.agent.config.SpoolConfig;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.metrics.RequestObserver;
import io.scribbler.agent.send.Delivery;
import io.scribbler.agent.send.KinesisPutter;
import io.scribbler.agent.send.OverflowSettings;
import io.scribbler.agent.send.RecordPutter;
import io.scribbler.agent.send.RefusedRecords;
import io.scribbler.agent.send.Sender;
import io.scribbler.agent.send.SenderSettings;
import io.scribbler.agent.send.SenderThread;
import io.scribbler.agent.shard.LaneMap;
import io.scribbler.agent.spool.Destination;
import io.scribbler.agent.spool.DiskSpool;
import io.scribbler.agent.spool.SpoolGauge;
import io.scribbler.net.StreamName;
import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.RecordFormat;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * All of one stream behind the sources, wired: an accumulator, the sender and its thread, the
 * threads that its requests run on, and the client.
 */
final class StreamPipeline {
  /** What a record holds beside one block without compression. */
  private static final int RECORD_ROOM = 1024;

  private final Accumulator accumulator;
  private final Sender sender;
  private final SenderThread thread;
  private final ExecutorService requests;
  private final RecordPutter putter;
  private final DiskSpool spool;
  private final ExecutorService spoolThread;
  private final Ledger.Stream accounts;
  private Ledger.Reader atRest; // reads the accounts while the sender's thread doesn't run

  /** What all streams of an agent share. */
  record Shared(
      String producer,
      long epoch,
      MemoryBudget memory,
      Encoder encoder,
      Ledger ledger,
      LongSupplier nanoClock,
      RandomGenerator random,
      Runnable acksAdvanced,
      Predicate<Path> adopts) {}

  StreamPipeline(
      StreamConfig config,
      Shared shared,
      Delivery delivery,
      RefusedRecords refused,
      SpoolConfig spoolConfig,
      Consumer<String> spoolTrouble,
      RequestObserver observer) {
    StreamName name = StreamName.parse(config.name());
    putter =
        new KinesisPutter(
            AwsAccess.kinesis(config), name.arn() == null ? name.name() : null, name.arn());
    requests = requestThreads(name.name(), config.maxInFlight() + 1);
    thread = new SenderThread(name.name(), shared.nanoClock);
    spoolThread =
        Executors.newSingleThreadExecutor(task -> daemon(new Thread(task, "spool-" + name.name())));
    spool =
        new DiskSpool(
            new DiskSpool.Settings(
                spoolConfig.path(),
                destination(config),
                shared.producer,
                shared.epoch,
                spoolConfig.maxBytes(),
                spoolConfig.minFreePercent() / 100.0,
                shared.adopts),
            spoolThread,
            shared.nanoClock,
            spoolTrouble);
    sender =
        new Sender(
            senderSettings(config, name.name()),
            new Sender.Surroundings(
                putter,
                requests,
                shared.memory,
                refused,
                observer,
                delivery,
                spool,
                overflowSettings(config, spoolConfig, shared),
                spoolTrouble,
                shared.nanoClock,
                System::currentTimeMillis,
                shared.random,
                thread::wake));
    accumulator =
        new Accumulator(
            batchSettings(config, shared),
            shared.memory,
            shared.encoder,
            shared.ledger.stream(name.name()),
            config.ordering() == Ordering.STRICT ? null : LaneMap.assumed(shared.random),
            thread::wake,
            shared.acksAdvanced);
    accounts = shared.ledger.stream(name.name());
    sender.attach(accumulator, accounts);
  }

  /**
   * Threads that come when needed and go when idle; one more than requests, for look-ups. The queue
   * is for the moment in which a thread has told its outcome and is not free yet.
   */
  static ExecutorService requestThreads(String stream, int most) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            most,
            most,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> new Thread(task, "request-" + stream + "-" + number.incrementAndGet()));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** A hung disk must not keep the process. */
  private static Thread daemon(Thread thread) {
    thread.setDaemon(true);
    return thread;
  }

  private static OverflowSettings overflowSettings(
      StreamConfig config, SpoolConfig spool, Shared shared) {
    return new OverflowSettings(
        destination(config),
        config.ordering() == Ordering.STRICT || spool.replay() == Replay.IN_ORDER,
        spool.whenFull(),
        shared.memory.limit(),
        config.maxRecordSize());
  }

  static Destination destination(StreamConfig config) {
    return new Destination(
        config.name(),
        config.region().orElse(""),
        config.endpoint().map(Object::toString).orElse(""));
  }

  private static SenderSettings senderSettings(StreamConfig config, String name) {
    return new SenderSettings(
        name,
        format(config) != RecordFormat.FIREHOSE,
        config.ordering() == Ordering.STRICT,
        config.linger(),
        config.recordSize(),
        config.maxInFlight(),
        config.maxRequestRecords(),
        config.maxRequestBytes(),
        config.shardRefresh());
  }

  private static BatchSettings batchSettings(StreamConfig config, Shared shared) {
    boolean compressed =
        format(config) == RecordFormat.FIREHOSE && config.compression() != Compression.NONE;
    int uncompressed = Math.max(RECORD_ROOM, config.recordSize() - RECORD_ROOM);
    Codec codec = codec(config.compression());
    int defaultLevel =
        codec == Codec.GZIP ? BlockEncoder.DEFAULT_GZIP_LEVEL : BlockEncoder.DEFAULT_ZSTD_LEVEL;
    return new BatchSettings(
        shared.producer,
        shared.epoch,
        format(config),
        codec,
        config.compressionLevel().orElse(defaultLevel),
        compressed ? config.blockSize() : Math.min(config.blockSize(), uncompressed),
        config.maxRecordSize());
  }

  static RecordFormat format(StreamConfig config) {
    return switch (config.format()) {
      case FIREHOSE -> RecordFormat.FIREHOSE;
      case KPL -> RecordFormat.KPL;
      case PLAIN -> RecordFormat.PLAIN;
    };
  }

  private static Codec codec(Compression compression) {
    return switch (compression) {
      case ZSTD -> Codec.ZSTD;
      case GZIP -> Codec.GZIP;
      case NONE -> Codec.NONE;
    };
  }

  Accumulator accumulator() {
    return accumulator;
  }

  Sender sender() {
    return sender;
  }

  SpoolGauge spool() {
    return spool.gauge();
  }

  void start() {
    atRest = accounts.reader();
    accounts.readBy(sender.readerBetweenSteps(atRest));
    thread.start(sender);
    spool.start(sender.finder());
  }

  /**
   * Puts what is held on disk, and stops counting what is still under way.
   *
   * @return is completed when the disk has it, or takes none
   */
  CompletableFuture<Void> store() {
    return sender.store();
  }

  /** Ends the threads and the client, whatever is still held. */
  void close() throws InterruptedException {
    thread.stop();
    accounts.readBy(atRest);
    requests.shutdownNow();
    spool.close();
    spoolThread.shutdownNow();
    putter.close();
  }
}
