package io.scribbler.consumer.kcl;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.Retrieval;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.reading.AsyncClients;
import io.scribbler.consumer.reading.Backoff;
import io.scribbler.consumer.reading.ReadTrouble;
import io.scribbler.consumer.reading.ServiceTime;
import io.scribbler.consumer.reading.TroubleLog;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.kinesis.leases.exceptions.LeasingException;
import software.amazon.kinesis.processor.Checkpointer;

/**
 * One stream and its table: makes the table, resolves the start, runs KCL and puts another in its
 * place when it dies. A thread of its own watches; the rest is called by any thread.
 */
final class KclStream {
  private static final Logger log = LoggerFactory.getLogger(KclStream.class);
  private static final Duration WATCH = Duration.ofMillis(200);
  private static final Duration LOOK_AT_PAUSE = Duration.ofSeconds(2);
  private static final Duration ASK_RETENTION_AGAIN = Duration.ofHours(1);
  private static final Duration UNKNOWN_RETENTION = Duration.ofHours(24);

  private final EngineHost host;
  private final AsyncClients clients;
  private final StreamCalls calls;
  private final LeaseTable table;
  private final String worker;
  private final KclSettings settings;
  private final TroubleLog troubles;
  private final Thread thread;

  private volatile FanOutConsumer fanOut;
  private volatile StartPosition start;
  private volatile boolean paused;
  private volatile boolean stopping;
  private volatile String trouble = "";
  private volatile Duration retention = UNKNOWN_RETENTION;
  private volatile KclWorker running;
  private volatile Feeds feeds;

  // Owned by the thread.
  private long lookedAtPauseNanos;
  private long askedRetentionNanos;

  KclStream(
      EngineHost host,
      AsyncClients clients,
      StreamCalls calls,
      LeaseTable table,
      String worker,
      KclSettings settings) {
    this.host = host;
    this.clients = clients;
    this.calls = calls;
    this.table = table;
    this.worker = worker;
    this.settings = settings;
    this.troubles = new TroubleLog(calls.stream().name(), System::nanoTime);
    this.thread = new Thread(this::run, "scribbler-engine-" + calls.stream().name());
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    Backoff backoff = new Backoff();
    try {
      while (!stopping) {
        try {
          prepare();
          runWorker(backoff);
        } catch (SdkException e) {
          trouble(e);
          sleep(backoff);
        } catch (LeasingException e) {
          String cause = e.getCause() == null ? "" : ": " + ReadTrouble.oneLine(e.getCause());
          trouble = "table " + table.name() + ": " + ReadTrouble.oneLine(e) + cause;
          log.warn("{}; trying on", trouble);
          sleep(backoff);
        }
      }
    } catch (InterruptedException e) {
      log.debug("stream {}: told to stop", name());
    } catch (Throwable e) {
      if (stopping) {
        log.debug("stream {}: given up on in the stop", name(), e);
      } else {
        host.failed(e);
      }
    }
  }

  private void sleep(Backoff backoff) throws InterruptedException {
    Thread.sleep(Duration.ofNanos(backoff.failed()).toMillis());
  }

  /** The stream, the table, and where the application starts. */
  private void prepare() throws InterruptedException {
    DescribeStreamSummaryResponse summary = calls.summary();
    String arn = summary.streamDescriptionSummary().streamARN();
    retention(summary);
    new TableCreation(clients.dynamoDb(), table.name()).awaitActive();
    StartPosition asked = host.settings().start();
    StartPosition lasting =
        asked.kind() == StartPosition.Kind.NEWEST
            ? StartPosition.at(ServiceTime.of(summary))
            : asked;
    take(table.register(arn, lasting));
    if (host.settings().retrieval() == Retrieval.FAN_OUT) {
      String consumer = settings.fanOutConsumer();
      fanOut =
          new FanOutConsumer(
              clients.kinesis(), arn, consumer == null ? host.settings().application() : consumer);
    }
  }

  private void retention(DescribeStreamSummaryResponse summary) {
    retention = Duration.ofHours(summary.streamDescriptionSummary().retentionPeriodHours());
    askedRetentionNanos = System.nanoTime();
  }

  private void take(Application application) {
    start = application.start();
    paused = application.paused();
    lookedAtPauseNanos = System.nanoTime();
  }

  private void runWorker(Backoff backoff) throws InterruptedException, LeasingException {
    Feeds mine = new Feeds(shard -> new KclShard(this, shard));
    KclWorker now =
        new KclWorker(
            SchedulerBuilder.build(
                clients, calls.stream(), start, table.name(), worker, settings.timing(), mine),
            table,
            worker,
            settings.timing());
    feeds = mine;
    running = now;
    boolean started = false;
    try {
      now.start();
      started = true;
      while (!stopping && now.runs()) {
        watch(now, mine);
        Thread.sleep(WATCH.toMillis());
      }
    } finally {
      if (!stopping) {
        mine.all().forEach(KclShard::lost);
        now.stop();
      }
    }
    if (!stopping && started) {
      Throwable cause = now.failure();
      trouble = "KCL has ended" + (cause == null ? "" : ": " + cause) + "; it is started again";
      log.error("stream {}: {}", name(), trouble, cause);
      sleep(backoff);
    }
  }

  private void watch(KclWorker now, Feeds mine) throws InterruptedException {
    for (KclShard shard : mine.all()) {
      watch(now, shard);
    }
    long nanos = System.nanoTime();
    try {
      if (nanos - lookedAtPauseNanos > LOOK_AT_PAUSE.toNanos()) {
        lookedAtPauseNanos = nanos;
        table.application().ifPresent(this::take);
        trouble = "";
      }
      if (nanos - askedRetentionNanos > ASK_RETENTION_AGAIN.toNanos()) {
        askedRetentionNanos = nanos;
        retention(calls.summary());
      }
    } catch (SdkException e) {
      trouble(e);
    }
  }

  /** KCL's calls wait behind a processor that waits for its handler; this doesn't. */
  private void watch(KclWorker now, KclShard shard) {
    if (shard.isOver()) {
      return;
    }
    if (!now.holds(shard.shardId(), shard.token())) {
      shard.lost();
    } else if (shard.foundLost()) {
      // A renewal came in late: the lease is ours again, what was begun under the old one is over.
      shard.lost();
      try {
        now.giveBack(shard.shardId());
      } catch (LeasingException e) {
        log.debug("shard {}: not given back, it is taken over later", shard.shardId(), e);
      }
    } else if (now.isHandedOver(shard.shardId())) {
      Thread drain = new Thread(() -> drain(shard), "scribbler-drain-" + shard.shardId());
      drain.setDaemon(true);
      drain.start();
    }
  }

  private void drain(KclShard shard) {
    try {
      shard.drain(timing().drain());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the stop ----

  /** New shards are not begun any more; those that there are. */
  Set<KclShard> beginStop() {
    stopping = true;
    Feeds now = feeds;
    return now == null ? Set.of() : now.all();
  }

  /** After the shards were drained: gives the leases to others. */
  void endStop() throws InterruptedException {
    thread.interrupt();
    // Whatever it does then, KCL's worker is stopped below.
    thread.join(WATCH.multipliedBy(10).toMillis());
    KclWorker now = running;
    if (now != null) {
      now.stop();
    }
    Feeds left = feeds;
    if (left != null) {
      left.all().forEach(KclShard::lost);
    }
  }

  // ---- what shards ask ----

  EngineHost host() {
    return host;
  }

  String name() {
    return calls.stream().name();
  }

  LeaseTable table() {
    return table;
  }

  String worker() {
    return worker;
  }

  KclTiming timing() {
    return settings.timing();
  }

  /** KCL as it runs now; null: not yet. */
  KclWorker running() {
    return running;
  }

  boolean isStopping() {
    return stopping;
  }

  boolean paused() {
    return paused;
  }

  Checkpointer checkpoints() {
    return running.checkpoints();
  }

  boolean holds(KclShard shard) {
    return running.holds(shard.shardId(), shard.token());
  }

  void left(KclShard shard) {
    feeds.remove(shard);
  }

  ShardSource source(String shardId) {
    ConsumerSettings consumer = host.settings();
    return consumer.retrieval() == Retrieval.FAN_OUT
        ? new FanOutSource(calls, fanOut, shardId)
        : new PollingSource(calls, shardId, consumer.pollInterval());
  }

  /** Where the application starts, as it is stored now: it may have been reset meanwhile. */
  StartPosition startNow() {
    try {
      Optional<Application> now = table.application();
      return now.map(Application::start).orElse(start);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return start;
    }
  }

  /** Whether a shard that isn't found has ended, so that its children may begin. */
  boolean missing(String shardId, Position committed) throws InterruptedException {
    return switch (calls.existence(shardId)) {
      case THERE -> false;
      case SHARD_GONE -> {
        if (host.shardGone(name(), shardId, committed)) {
          yield true;
        }
        throw new StreamException("shard " + shardId + " is no longer in the stream", null);
      }
      case STREAM_GONE ->
          throw new StreamException(
              "stream "
                  + name()
                  + " was deleted; when there is a new one, delete table "
                  + table.name()
                  + " to read it from its start",
              null);
    };
  }

  void trouble(SdkException e) {
    if (!stopping) {
      ReadTrouble kind = ReadTrouble.of(e);
      troubles.say(kind, e);
      trouble = kind.advice() + " (" + ReadTrouble.oneLine(e) + ")";
    }
  }

  // ---- what the engine asks ----

  /** One line; empty when all is well. */
  String trouble() {
    return trouble.isEmpty() ? "" : "stream " + name() + ": " + trouble;
  }

  Duration retention() {
    return retention;
  }

  void pause(boolean pause) {
    try {
      table.pause(pause);
      paused = pause;
    } catch (SdkException e) {
      throw new CheckpointException(
          "can't write to table " + table.name() + ": " + ReadTrouble.oneLine(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException("interrupted; it is unknown whether it was stored", e);
    }
  }
}
