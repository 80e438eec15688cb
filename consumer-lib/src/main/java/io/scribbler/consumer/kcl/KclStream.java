package io.scribbler.consumer.kcl;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.Retrieval;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.reading.AsyncClients;
import io.scribbler.consumer.reading.Backoff;
import io.scribbler.consumer.reading.ReadTrouble;
import io.scribbler.consumer.reading.ServiceTime;
import io.scribbler.consumer.reading.TroubleLog;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.kinesis.leases.exceptions.LeasingException;
import software.amazon.kinesis.processor.Checkpointer;

/**
 * One stream and its table: makes the table, resolves the start, runs KCL and puts another in its
 * place when it dies. A thread of its own watches; the rest is called by any thread.
 */
final class KclStream implements ShardContext {
  private static final Logger log = LoggerFactory.getLogger(KclStream.class);
  private static final Duration WATCH = Duration.ofMillis(200);
  private static final Duration LOOK_AT_PAUSE = Duration.ofSeconds(2);
  private static final Duration ASK_RETENTION_AGAIN = Duration.ofHours(1);
  private static final Duration UNKNOWN_RETENTION = Duration.ofHours(24);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
  private static final Duration SAY_AGAIN = Duration.ofMinutes(1);
  private static final Duration TROUBLE_LASTS = Duration.ofSeconds(30);

  private record Trouble(String what, long nanos) {}

  private final EngineHost host;
  private final AsyncClients clients;
  private final StreamCalls calls;
  private final LeaseTable table;
  private final String worker;
  private final KclSettings settings;
  private final FetchShares memory;
  private final TroubleLog troubles;
  private final Thread thread;
  private final CountDownLatch drained = new CountDownLatch(1);

  private volatile FanOutConsumer fanOut;
  private volatile StartPosition start;
  private volatile boolean paused;
  private volatile boolean stopping;
  private volatile Trouble trouble;
  private volatile Duration retention = UNKNOWN_RETENTION;
  private volatile KclWorker running;
  private volatile Feeds feeds;

  // Guarded by this.
  private boolean said;
  private long saidNanos;

  private final Object ends = new Object();

  /** Whether the thread stops KCL; guarded by {@link #ends}. */
  private boolean ending;

  // Owned by the thread.
  private long lookedAtPauseNanos;
  private long askedRetentionNanos;

  KclStream(
      EngineHost host,
      AsyncClients clients,
      StreamCalls calls,
      LeaseTable table,
      String worker,
      KclSettings settings,
      FetchShares memory) {
    this.host = host;
    this.clients = clients;
    this.calls = calls;
    this.table = table;
    this.worker = worker;
    this.settings = settings;
    this.memory = memory;
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
          String what = "table " + table.name() + ": " + ReadTrouble.oneLine(e) + cause;
          say(what);
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
    table.refuseOldWorkers(Duration.ofMillis(timing().failoverMillis));
    take(table.register(arn, lasting));
    if (host.settings().retrieval() == Retrieval.FAN_OUT) {
      String consumer = settings.fanOutConsumer();
      fanOut =
          new FanOutConsumer(
              clients.kinesis(), arn, consumer == null ? host.settings().application() : consumer);
    }
  }

  private void retention(DescribeStreamSummaryResponse summary) {
    host.serviceTime(ServiceTime.of(summary));
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
    try {
      now.start();
      while (!stopping && now.runs()) {
        watch(now, mine);
        Thread.sleep(WATCH.toMillis());
      }
    } finally {
      end(now, mine);
    }
    if (!stopping) {
      Throwable cause = now.failure();
      String what = "KCL has ended" + (cause == null ? "" : ": " + cause) + "; it is started again";
      trouble(what);
      log.error("stream {}: {}", name(), what, cause);
      sleep(backoff);
    }
  }

  /**
   * Stops KCL, after the shards were drained if this thread was told to stop. Nobody interrupts it
   * here: half a stop would leave leases behind, and threads of KCL that renew them.
   */
  private void end(KclWorker now, Feeds mine) throws InterruptedException {
    boolean told;
    synchronized (ends) {
      ending = true;
      told = stopping;
      Thread.interrupted();
    }
    try {
      if (told) {
        drained.await();
      } else {
        mine.all().forEach(KclShard::lost);
      }
      now.stop();
      mine.all().forEach(KclShard::lost);
    } finally {
      synchronized (ends) {
        ending = false;
      }
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
    } else if (now.isHandedOver(shard.shardId()) && shard.beginHandOver()) {
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
    synchronized (ends) {
      stopping = true;
      if (!ending) {
        thread.interrupt();
      }
    }
    Feeds now = feeds;
    return now == null ? Set.of() : now.all();
  }

  /** After the shards were drained: gives the leases to others. */
  void endStop() throws InterruptedException {
    drained.countDown();
    thread.join(STOP_LIMIT.toMillis());
    if (thread.isAlive()) {
      log.warn(
          "stream {}: not everything has ended in {} s; leases may be taken over late",
          name(),
          STOP_LIMIT.toSeconds());
    }
  }

  // ---- what shards ask ----

  @Override
  public EngineHost host() {
    return host;
  }

  @Override
  public String name() {
    return calls.stream().name();
  }

  @Override
  public LeaseTable table() {
    return table;
  }

  @Override
  public String worker() {
    return worker;
  }

  @Override
  public KclTiming timing() {
    return settings.timing();
  }

  /** KCL as it runs now; null: not yet. */
  KclWorker running() {
    return running;
  }

  @Override
  public FetchShares memory() {
    return memory;
  }

  @Override
  public boolean isStopping() {
    return stopping;
  }

  @Override
  public boolean paused() {
    return paused;
  }

  @Override
  public Checkpointer checkpoints() {
    return running.checkpoints();
  }

  @Override
  public boolean holds(KclShard shard) {
    return running.holds(shard.shardId(), shard.token());
  }

  @Override
  public void left(KclShard shard) {
    feeds.remove(shard);
  }

  @Override
  public ShardSource source(String shardId) {
    ConsumerSettings consumer = host.settings();
    return consumer.retrieval() == Retrieval.FAN_OUT
        ? new FanOutSource(calls, fanOut, shardId)
        : new PollingSource(calls, shardId, consumer.pollInterval());
  }

  /** Where the application starts, as it is stored now: it may have been reset meanwhile. */
  @Override
  public StartPosition startNow() {
    try {
      Optional<Application> now = table.application();
      return now.map(Application::start).orElse(start);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return start;
    }
  }

  /** Whether a shard that isn't found has ended, so that its children may begin. */
  @Override
  public boolean missing(String shardId, Position committed) throws InterruptedException {
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

  @Override
  public void trouble(SdkException e) {
    if (stopping) {
      return;
    }
    if (e instanceof DynamoDbException) {
      String what = "table " + table.name() + ": " + ReadTrouble.oneLine(e);
      say(what);
    } else {
      ReadTrouble kind = ReadTrouble.of(e);
      troubles.say(kind, e);
      trouble(kind.advice() + " (" + ReadTrouble.oneLine(e) + ")");
    }
  }

  /** As {@link TroubleLog} does: at once, and then once a minute. */
  private synchronized void say(String what) {
    long now = System.nanoTime();
    if (!said || now - saidNanos > SAY_AGAIN.toNanos()) {
      said = true;
      saidNanos = now;
      log.warn("stream {}: {}; trying on", name(), what);
    }
    trouble(what);
  }

  private void trouble(String what) {
    trouble = new Trouble(what, System.nanoTime());
  }

  // ---- what the engine asks ----

  /** What went wrong lately, in one line; empty when all is well. */
  String trouble() {
    Trouble last = trouble;
    return last == null || System.nanoTime() - last.nanos() > TROUBLE_LASTS.toNanos()
        ? ""
        : "stream " + name() + ": " + last.what();
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
