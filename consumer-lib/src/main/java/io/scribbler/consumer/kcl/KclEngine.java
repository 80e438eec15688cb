package io.scribbler.consumer.kcl;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.Retrieval;
import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.reading.AsyncClients;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads with Amazon's Kinesis Client Library: the shards are shared out to all processes of the
 * application by leases in a DynamoDB table, which keeps the checkpoints too. Makes the table when
 * there is none. Any thread.
 *
 * <p>Positions are KCL's checkpoints; identities for {@code dropDuplicates} are not kept, so that
 * after a restart or a hand-over the window begins empty.
 */
public final class KclEngine implements Engine {
  private static final Logger log = LoggerFactory.getLogger(KclEngine.class);
  private static final Duration UNKNOWN_RETENTION = Duration.ofHours(24);

  private final KclSettings settings;

  // Guarded by this.
  private AsyncClients clients;
  private final List<KclStream> streams = new ArrayList<>();

  /** An engine with the default settings. */
  public KclEngine() {
    this(KclSettings.defaults());
  }

  /** An engine as it is set. */
  public KclEngine(KclSettings settings) {
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  @Override
  public synchronized void start(EngineHost host) {
    ConsumerSettings consumer = host.settings();
    StreamLocation where = consumer.streams().get(0);
    clients =
        AsyncClients.open(
            where,
            consumer.credentials(),
            consumer.environment(),
            consumer.retrieval() == Retrieval.FAN_OUT,
            settings.dynamoDb());
    String worker = settings.worker() == null ? defaultWorker() : settings.worker();
    FetchShares memory = new FetchShares(host.fetched());
    for (StreamLocation location : consumer.streams()) {
      String base = settings.table() == null ? consumer.application() : settings.table();
      String table = consumer.streams().size() == 1 ? base : base + "." + location.stream().name();
      streams.add(
          new KclStream(
              host,
              clients,
              new StreamCalls(clients.kinesis(), location.stream()),
              new LeaseTable(clients.dynamoDb(), table),
              worker,
              settings,
              memory));
    }
    streams.forEach(KclStream::start);
  }

  private static String defaultWorker() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "unknown-host";
    }
    return host.replaceAll("[/\\s]", "-")
        + "-"
        + ProcessHandle.current().pid()
        + "-"
        + UUID.randomUUID().toString().substring(0, 8);
  }

  @Override
  public boolean stop(Duration time) throws InterruptedException {
    List<KclStream> stopping = streams();
    List<KclShard> shards = new ArrayList<>();
    stopping.forEach(stream -> shards.addAll(stream.beginStop()));
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      boolean drained = all(threads, shards, shard -> shard.drain(time));
      all(
          threads,
          stopping,
          stream -> {
            stream.endStop();
            return true;
          });
      return drained;
    } finally {
      threads.shutdownNow();
      synchronized (this) {
        clients.close();
      }
    }
  }

  /** Something that takes its time. */
  @FunctionalInterface
  private interface Step<T> {
    boolean of(T subject) throws InterruptedException;
  }

  /** All at once, since each may take the whole time. */
  private static <T> boolean all(ExecutorService threads, List<T> subjects, Step<T> step)
      throws InterruptedException {
    List<Future<Boolean>> steps = new ArrayList<>();
    for (T subject : subjects) {
      Callable<Boolean> call = () -> step.of(subject);
      steps.add(threads.submit(call));
    }
    boolean all = true;
    for (Future<Boolean> result : steps) {
      try {
        all &= result.get();
      } catch (ExecutionException e) {
        log.warn("the stop went wrong: {}", e.getCause().toString(), e.getCause());
        all = false;
      }
    }
    return all;
  }

  @Override
  public boolean paused() {
    return streams().stream().anyMatch(KclStream::paused);
  }

  @Override
  public void pause(boolean paused) {
    List<KclStream> all = streams();
    if (all.isEmpty()) {
      throw new IllegalStateException("not started");
    }
    all.forEach(stream -> stream.pause(paused));
  }

  @Override
  public Duration retention(String stream) {
    return streams().stream()
        .filter(s -> s.name().equals(stream))
        .findFirst()
        .map(KclStream::retention)
        .orElse(UNKNOWN_RETENTION);
  }

  @Override
  public List<String> troubles() {
    return streams().stream().map(KclStream::trouble).filter(t -> !t.isEmpty()).toList();
  }

  synchronized List<KclStream> streams() {
    return List.copyOf(streams);
  }

  synchronized AsyncClients clients() {
    return clients;
  }
}
