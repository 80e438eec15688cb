package io.scribbler.consumer.file;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.Retrieval;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.reading.KinesisConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * Reads all shards in one process and keeps the checkpoints in files ({@link CheckpointFolder}): no
 * table, no leases. Polls; fan-out needs the KCL engine. Any thread.
 */
public final class FileEngine implements Engine {
  private static final Logger log = LoggerFactory.getLogger(FileEngine.class);
  private static final Duration UNKNOWN_RETENTION = Duration.ofHours(24);
  private static final Duration LOOK_AGAIN = Duration.ofHours(1);

  private record Retention(Duration kept, long askedNanos) {}

  private final Path directory;
  private final Map<String, Retention> retentions = new ConcurrentHashMap<>();

  // Guarded by this.
  private EngineHost host;
  private CheckpointFolder folder;
  private AutoCloseable lock;
  private KinesisClient client;
  private final List<FileStream> streams = new ArrayList<>();

  /** An engine with its files below a directory, a folder for each application. */
  public FileEngine(Path directory) {
    this.directory = directory;
  }

  /**
   * Where checkpoints are unless a directory is named: {@code scribbler/consumers} below
   * $XDG_STATE_HOME or ~/.local/state.
   */
  public static Path defaultDirectory(Map<String, String> environment) {
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    Path base =
        state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return base.resolve("scribbler").resolve("consumers");
  }

  @Override
  public synchronized void start(EngineHost newHost) {
    ConsumerSettings settings = newHost.settings();
    if (settings.retrieval() == Retrieval.FAN_OUT) {
      throw new StreamException("checkpoints in files go with polling; fan-out needs KCL", null);
    }
    host = newHost;
    folder = new CheckpointFolder(directory, settings.application());
    lock = folder.lock();
    try {
      StreamLocation where = settings.streams().get(0);
      client = KinesisConnection.open(where, settings.credentials(), settings.environment());
      FetchShares memory = new FetchShares(host.fetched());
      for (StreamLocation stream : settings.streams()) {
        streams.add(new FileStream(host, folder, client, stream.stream(), memory));
      }
    } catch (RuntimeException e) {
      unlock();
      throw e;
    }
    streams.forEach(FileStream::start);
  }

  @Override
  public boolean stop(Duration time) throws InterruptedException {
    List<FileStream> stopping;
    synchronized (this) {
      stopping = List.copyOf(streams);
    }
    stopping.forEach(FileStream::stopReading);
    try {
      return drain(stopping, time);
    } finally {
      stopping.forEach(FileStream::close);
      synchronized (this) {
        client.close();
        unlock();
      }
    }
  }

  /** All shards at once, since each may take the whole time. */
  private static boolean drain(List<FileStream> streams, Duration time)
      throws InterruptedException {
    List<ShardProcessor> shards = streams.stream().flatMap(s -> s.shards().stream()).toList();
    if (shards.isEmpty()) {
      return true;
    }
    ExecutorService threads = Executors.newFixedThreadPool(shards.size());
    try {
      List<Future<Boolean>> drains = new ArrayList<>();
      for (ShardProcessor shard : shards) {
        drains.add(threads.submit(() -> shard.drain(time)));
      }
      boolean all = true;
      for (Future<Boolean> drain : drains) {
        all &= drain.get();
      }
      return all;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a shard could not be drained", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private void unlock() {
    try {
      lock.close();
    } catch (Exception e) {
      log.warn("{}: the lock could not be given back: {}", folder.path(), e.toString());
    }
  }

  @Override
  public boolean paused() {
    CheckpointFolder now;
    List<FileStream> running;
    synchronized (this) {
      now = folder;
      running = List.copyOf(streams);
    }
    running.forEach(FileStream::check);
    return now != null && now.paused();
  }

  @Override
  public void pause(boolean paused) {
    CheckpointFolder now;
    synchronized (this) {
      if (folder == null) {
        throw new IllegalStateException("not started");
      }
      now = folder;
    }
    try {
      now.pause(paused);
    } catch (IOException e) {
      throw new CheckpointException("can't write to " + now.path() + ": " + e.getMessage(), e);
    }
  }

  /** Asked of Kinesis when it is wanted, once an hour; a day when it can't be had. */
  @Override
  public Duration retention(String stream) {
    long now = System.nanoTime();
    Retention known = retentions.get(stream);
    if (known == null || now - known.askedNanos() > LOOK_AGAIN.toNanos()) {
      known = new Retention(ask(stream), now);
      retentions.put(stream, known);
    }
    return known.kept();
  }

  private Duration ask(String stream) {
    KinesisClient asked;
    StreamLocation where;
    synchronized (this) {
      asked = client;
      where =
          host.settings().streams().stream()
              .filter(s -> s.stream().name().equals(stream))
              .findFirst()
              .orElseThrow();
    }
    try {
      return Duration.ofHours(
          asked
              .describeStreamSummary(
                  r -> r.streamName(where.stream().name()).streamARN(where.stream().arn()))
              .streamDescriptionSummary()
              .retentionPeriodHours());
    } catch (SdkException e) {
      log.warn(
          "stream {}: how long it keeps records is unknown, 24 h is assumed: {}",
          stream,
          e.getMessage());
      return UNKNOWN_RETENTION;
    }
  }

  @Override
  public List<String> troubles() {
    return List.of();
  }
}
