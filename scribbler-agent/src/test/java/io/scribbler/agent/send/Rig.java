package io.scribbler.agent.send;

import io.scribbler.agent.batch.Accumulator;
import io.scribbler.agent.batch.BatchSettings;
import io.scribbler.agent.batch.Encoder;
import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.KeyExtractor;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.Router;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.config.WhenFull;
import io.scribbler.agent.metrics.Counts;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.metrics.RequestObserver;
import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.shard.LaneMap;
import io.scribbler.agent.spool.Destination;
import io.scribbler.agent.spool.DiskSpool;
import io.scribbler.record.Codec;
import io.scribbler.record.RecordFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/** A sender stepped by hand: its clock moves when told, its requests run when told. */
final class Rig implements AutoCloseable {
  static final String TOPIC = "t";
  static final int RECORD = 50_000;

  static final Destination DESTINATION = new Destination("s", "", "");

  /** The spool, and how much memory there is before it. */
  record Disk(
      Path path, long memory, long maxBytes, WhenFull whenFull, boolean inOrder, long epoch) {
    static final Disk NONE = new Disk(null, 64 << 20, 1 << 30, WhenFull.BLOCK, false, 7);

    static Disk at(Path path) {
      return new Disk(path, 1 << 20, 1 << 30, WhenFull.BLOCK, false, 7);
    }

    Disk withMaxBytes(long bytes, WhenFull full) {
      return new Disk(path, memory, bytes, full, inOrder, epoch);
    }

    Disk replayedInOrder() {
      return new Disk(path, memory, maxBytes, whenFull, true, epoch);
    }

    Disk ofLife(long other) {
      return new Disk(path, memory, maxBytes, whenFull, inOrder, other);
    }
  }

  /** What may differ from test to test. */
  record Options(
      boolean strict,
      RecordFormat format,
      int maxInFlight,
      int maxRecords,
      int maxBytes,
      int block,
      Disk disk) {
    static final Options DEFAULT =
        new Options(false, RecordFormat.FIREHOSE, 4, 500, 10 << 20, 4096, Disk.NONE);

    Options withDisk(Disk other) {
      return new Options(strict, format, maxInFlight, maxRecords, maxBytes, block, other);
    }

    Options withStrict() {
      return new Options(true, format, maxInFlight, maxRecords, maxBytes, block, disk);
    }

    Options withFormat(RecordFormat other) {
      return new Options(strict, other, maxInFlight, maxRecords, maxBytes, block, disk);
    }

    Options withLimits(int inFlight, int records, int bytes) {
      return new Options(strict, format, inFlight, records, bytes, block, disk);
    }
  }

  final FakeStream stream;
  final MemoryBudget memory;
  final Ledger ledger = new Ledger();
  final Deque<Runnable> requests = new ArrayDeque<>();
  final List<Failure> told = new ArrayList<>();
  final List<String> news = new ArrayList<>();
  final List<SealedRecord> refused = new ArrayList<>();
  final List<String> refusals = new ArrayList<>();
  final Deque<Runnable> diskTasks = new ArrayDeque<>();
  final List<String> spoolTrouble = new ArrayList<>();
  final Path spoolPath;
  final DiskSpool spool;
  long wallMillis = 1_700_000_000_000L;
  final Sender sender;
  final Accumulator accumulator;
  long now = 1_000_000_000L;

  private final Encoder encoder = new Encoder(1);
  private final Router router;

  Rig(FakeStream stream, Options options, long seed) {
    this.stream = stream;
    memory = new MemoryBudget(options.disk.memory);
    spoolPath = options.disk.path == null ? Path.of("/proc/none") : options.disk.path;
    spool =
        new DiskSpool(
            new DiskSpool.Settings(
                spoolPath, DESTINATION, "p", options.disk.epoch, options.disk.maxBytes, 0),
            diskTasks::add,
            () -> now,
            spoolTrouble::add);
    Random random = new Random(seed);
    SenderSettings settings =
        new SenderSettings(
            "s",
            options.format != RecordFormat.FIREHOSE,
            options.strict,
            Duration.ofMillis(100),
            RECORD,
            options.maxInFlight,
            options.maxRecords,
            options.maxBytes,
            Duration.ofSeconds(30));
    sender =
        new Sender(
            settings,
            new Sender.Surroundings(
                stream,
                requests::add,
                memory,
                this::refuse,
                RequestObserver.NONE,
                new Delivery(() -> now, random, told::add, news::add),
                spool,
                new OverflowSettings(
                    DESTINATION,
                    options.strict || options.disk.inOrder,
                    options.disk.whenFull,
                    options.disk.memory,
                    100_000),
                spoolTrouble::add,
                () -> now,
                () -> wallMillis + now / 1_000_000,
                random,
                () -> {}));
    accumulator =
        new Accumulator(
            new BatchSettings("p", 7, options.format, Codec.NONE, 1, options.block, 100_000),
            memory,
            encoder,
            ledger.stream("s"),
            options.strict ? null : LaneMap.assumed(random),
            () -> {},
            () -> {});
    sender.attach(accumulator, ledger.stream("s"));
    spool.start(sender.finder());
    runDisk();
    router =
        new Router(
            List.of(StreamConfig.builder("s").topics(List.of("*")).build()), List.of(accumulator));
  }

  private void refuse(SealedRecord record, String reason, String why, Runnable stored) {
    refused.add(record);
    refusals.add(reason + ": " + why);
    stored.run();
  }

  /** Looks the shards up, so that lanes are known. */
  Rig ready() {
    step();
    runAll();
    step();
    return this;
  }

  /** One step, with all that is sealed encoded before. */
  long step() {
    sender.runOnce();
    if (!allEncoded()) {
      Awaitility.await().pollInterval(Duration.ofMillis(1)).until(this::allEncoded);
    }
    return sender.runOnce();
  }

  private boolean allEncoded() {
    return accumulator.sealed().stream().allMatch(batch -> batch.done());
  }

  void runAll() {
    runDisk();
    while (!requests.isEmpty()) {
      requests.poll().run();
    }
  }

  /** Lets the disk do what was asked of it. */
  void runDisk() {
    while (!diskTasks.isEmpty()) {
      diskTasks.poll().run();
    }
  }

  /** Lets time pass in steps of 10 ms, with every request answered at once. */
  void pass(long millis) {
    for (long i = 0; i < millis; i += 10) {
      now += 10_000_000L;
      step();
      runAll();
    }
    step();
  }

  /** Lets time pass until something is so. */
  void passUntil(BooleanSupplier condition) {
    for (int i = 0; i < 10_000 && !condition.getAsBoolean(); i++) {
      pass(10);
    }
    if (!condition.getAsBoolean()) {
      throw new AssertionError("not within 100 s");
    }
  }

  /** Lets time pass until nothing is held. */
  void drain() {
    var drained = sender.drain();
    for (int i = 0; i < 100_000 && !drained.isDone(); i++) {
      pass(10);
    }
    if (!drained.isDone()) {
      throw new AssertionError("still held after 1000 s: " + counts());
    }
  }

  Intake intake(String key) {
    return router.intake(TOPIC, KeyExtractor.constant(key), Acks.NONE);
  }

  Intake intake(String key, Acks acks) {
    return router.intake(TOPIC, KeyExtractor.constant(key), acks);
  }

  void offer(Intake intake, byte[] data) {
    if (!tryOffer(intake, data)) {
      throw new AssertionError("not taken");
    }
  }

  /** False if there is no memory. */
  boolean tryOffer(Intake intake, byte[] data) {
    intake.begin(1_000 + now / 1_000_000, now);
    boolean taken = intake.offer(ByteBuffer.wrap(data), 0, data.length);
    intake.end();
    return taken;
  }

  void offer(Intake intake, String data) {
    offer(intake, data.getBytes(StandardCharsets.UTF_8));
  }

  /** A record's worth in one message that fills a record, begun with this text. */
  static byte[] large(String text) {
    byte[] data = new byte[RECORD - 200];
    byte[] head = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(head, 0, data, 0, head.length);
    return data;
  }

  Counts counts() {
    return ledger.snapshot().topic("s", TOPIC);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
