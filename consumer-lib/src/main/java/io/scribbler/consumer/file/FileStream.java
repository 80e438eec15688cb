package io.scribbler.consumer.file;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.reading.ReaderSettings;
import io.scribbler.consumer.reading.RecordHandler;
import io.scribbler.consumer.reading.ShardBatch;
import io.scribbler.consumer.reading.ShardInfo;
import io.scribbler.consumer.reading.StreamReader;
import io.scribbler.net.StreamName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * One stream that the engine of files reads: the reader finds the shards and polls them, this hands
 * what comes to each shard's processor. Called by the reader's threads.
 */
final class FileStream implements RecordHandler {
  private static final Duration READ_INTERVAL = Duration.ofMillis(200);

  /** A thread for each shard, since one whose handler is stuck must not hold up another. */
  private static final int MOST_THREADS = 512;

  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final int TRIES_A_WARNING = 60;

  private static final Logger log = LoggerFactory.getLogger(FileStream.class);

  private final EngineHost host;
  private final CheckpointFolder folder;
  private final KinesisClient client;
  private final StreamName stream;
  private final FetchShares memory;
  private final Map<String, Reading> shards = new ConcurrentHashMap<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private volatile StreamReader reader;

  /** When an earlier life of the application was last up to date; null: this is the first. */
  private volatile Instant alive;

  /**
   * The shards of which an earlier life may have missed something, with their parents: those that
   * were there at the start, less the children of those that this life has finished.
   */
  private final Map<String, List<String>> old = new ConcurrentHashMap<>();

  /** A shard that is being read. */
  private record Reading(FileLease lease, ShardProcessor processor, ShardFetch fetch) {}

  FileStream(
      EngineHost host,
      CheckpointFolder folder,
      KinesisClient client,
      StreamName stream,
      FetchShares memory) {
    this.host = host;
    this.folder = folder;
    this.client = client;
    this.stream = stream;
    this.memory = memory;
  }

  String name() {
    return stream.name();
  }

  void start() {
    Duration idle = host.settings().pollInterval();
    Duration read = idle.compareTo(READ_INTERVAL) < 0 ? idle : READ_INTERVAL;
    ReaderSettings settings =
        ReaderSettings.of(stream, host.settings().start())
            .withIntervals(read, idle)
            .withThreads(MOST_THREADS);
    reader = StreamReader.start(client, settings, this);
  }

  /** Tells the host when the reader has given up. */
  void check() {
    try {
      StreamReader now = reader;
      if (now != null) {
        now.awaitEnd(Duration.ZERO);
      }
    } catch (StreamException e) {
      host.failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reads nothing more; what is being handed over is waited for after the shards were told. */
  void stopReading() {
    reader.stop();
    stopping.countDown();
  }

  void close() {
    reader.close();
  }

  List<ShardProcessor> shards() {
    return shards.values().stream().map(Reading::processor).toList();
  }

  @Override
  public StartPosition start(StartPosition asked, Instant serviceTime) {
    try {
      Optional<StartPosition> stored = folder.start(name());
      if (stored.isPresent()) {
        alive = alive(stored.get());
        return stored.get();
      }
      StartPosition start =
          asked.kind() == StartPosition.Kind.NEWEST ? StartPosition.at(serviceTime) : asked;
      storeStart(start);
      return start;
    } catch (IOException e) {
      throw new StreamException(e.getMessage(), e);
    }
  }

  /** Stores it before anything is read; a full disk is waited out, like other trouble. */
  private void storeStart(StartPosition start) {
    for (long tries = 0; ; tries++) {
      try {
        folder.storeStart(name(), start);
        return;
      } catch (IOException e) {
        if (tries % TRIES_A_WARNING == 0) {
          log.warn(
              "stream {}: nothing is read before its start can be stored in {}: {}; make room or"
                  + " mend its permissions; trying on",
              name(),
              folder.path().resolve(name()),
              e.toString());
        }
      }
      try {
        if (stopping.await(TRY_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
          return; // and nothing will be read
        }
      } catch (InterruptedException e) {
        throw new StreamException("interrupted before the start could be stored", e);
      }
    }
  }

  private Instant alive(StartPosition start) throws IOException {
    return folder.checkpoints(name()).values().stream()
        .map(Checkpoint::upTo)
        .filter(Objects::nonNull)
        .max(Instant::compareTo)
        .orElse(start.time());
  }

  @Override
  public void listed(Collection<ShardInfo> all) {
    all.forEach(shard -> old.put(shard.id(), shard.parents()));
    checkpoints()
        .forEach(
            (shardId, checkpoint) -> {
              if (!old.containsKey(shardId)) {
                notListed(shardId, checkpoint);
              }
            });
  }

  private void notListed(String shardId, Checkpoint checkpoint) {
    Position committed = checkpoint.committed();
    boolean finished = committed != null && committed.isEnd();
    if (finished || host.shardGone(name(), shardId, committed)) {
      try {
        folder.delete(name(), shardId);
      } catch (IOException e) {
        throw notDeleted(shardId, e);
      }
    } else {
      throw new StreamException("shard " + shardId + " is no longer in the stream", null);
    }
  }

  private Map<String, Checkpoint> checkpoints() {
    try {
      return folder.checkpoints(name());
    } catch (IOException e) {
      throw new StreamException(e.getMessage(), e);
    }
  }

  @Override
  public Optional<Position> committed(String shardId) {
    try {
      return Optional.ofNullable(folder.checkpoint(name(), shardId).committed());
    } catch (IOException e) {
      throw new StreamException(e.getMessage(), e);
    }
  }

  private StreamException notDeleted(String shardId, IOException cause) {
    return new StreamException(
        "the checkpoint of " + shardId + " can't be deleted in " + folder.path() + ": " + cause,
        cause);
  }

  private Reading shard(String shardId) {
    return shards.computeIfAbsent(shardId, this::begin);
  }

  private Reading begin(String shardId) {
    try {
      Instant missed = old.containsKey(shardId) ? alive : null;
      FileLease lease = new FileLease(folder, name(), shardId, missed);
      ShardProcessor processor = host.assigned(lease);
      memory.join();
      return new Reading(lease, processor, new ShardFetch(memory));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      // What makes a handler is the user's, and an interrupt that it leaves was not for the reader.
      if (Thread.interrupted()) {
        log.warn("shard {}: its handler was made and left the thread interrupted", shardId);
      }
    }
  }

  /** Nothing of a shard is to come: what it leaves behind is its children's. */
  private Reading over(String shardId) {
    old.values().removeIf(parents -> parents.contains(shardId));
    Reading shard = shards.remove(shardId);
    if (shard != null) {
      memory.leave();
    }
    return shard;
  }

  @Override
  public int mostRecords(String shardId) {
    Reading shard = shard(shardId);
    return shard.processor().hasRoom() ? shard.fetch().begin() : 0;
  }

  @Override
  public void handle(ShardBatch batch) {
    Reading shard = shard(batch.shardId());
    List<StreamRecord> records = batch.records();
    shard.fetch().fetched(records.size(), records.stream().mapToLong(FileStream::size).sum());
    try {
      shard.processor().records(records, batch.millisBehind());
    } catch (InterruptedException e) {
      throw new StreamException(
          "shard " + batch.shardId() + ": interrupted while its records were taken", e);
    }
  }

  @Override
  public void wasRead(String shardId) {
    shard(shardId).fetch().end();
  }

  private static long size(StreamRecord record) {
    return record.data().length + 200L;
  }

  @Override
  public void serviceTime(Instant now) {
    host.serviceTime(now);
  }

  @Override
  public void idle(String shardId, long millisBehind) {
    shard(shardId).processor().idle(millisBehind);
  }

  @Override
  public void ended(String shardId, Runnable done) {
    shard(shardId)
        .processor()
        .ended(
            () -> {
              over(shardId);
              done.run();
            });
  }

  @Override
  public void gone(String shardId) {
    Optional<Position> committed = committed(shardId);
    Reading shard = over(shardId);
    if (shard != null) {
      shard.processor().lost();
    }
    if (!host.shardGone(name(), shardId, committed.orElse(null))) {
      throw new StreamException("shard " + shardId + " is no longer in the stream", null);
    }
    try {
      // Or the next start would count the gap again.
      if (shard != null) {
        shard.lease().forget();
      } else {
        folder.delete(name(), shardId);
      }
    } catch (IOException e) {
      throw notDeleted(shardId, e);
    }
  }

  @Override
  public void streamGone() {
    throw new StreamException(
        "stream "
            + name()
            + " was deleted; when there is a new one, delete "
            + folder.path()
            + " to read it from its start",
        null);
  }
}
