package io.scribbler.consumer.file;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.reading.ReaderSettings;
import io.scribbler.consumer.reading.RecordHandler;
import io.scribbler.consumer.reading.ShardBatch;
import io.scribbler.consumer.reading.StreamReader;
import io.scribbler.net.StreamName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * One stream that the engine of files reads: the reader finds the shards and polls them, this hands
 * what comes to each shard's processor. Called by the reader's threads.
 */
final class FileStream implements RecordHandler {
  private static final Duration READ_INTERVAL = Duration.ofMillis(200);

  /** A thread for each shard, since one whose handler is stuck must not hold up another. */
  private static final int MOST_THREADS = 512;

  private final EngineHost host;
  private final CheckpointFolder folder;
  private final KinesisClient client;
  private final StreamName stream;
  private final Map<String, ShardProcessor> shards = new ConcurrentHashMap<>();
  private volatile StreamReader reader;

  /** When an earlier life of the application was last up to date; null: this is the first. */
  private volatile Instant alive;

  FileStream(EngineHost host, CheckpointFolder folder, KinesisClient client, StreamName stream) {
    this.host = host;
    this.folder = folder;
    this.client = client;
    this.stream = stream;
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
  }

  void close() {
    reader.close();
  }

  List<ShardProcessor> shards() {
    return List.copyOf(shards.values());
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
      folder.storeStart(name(), start);
      return start;
    } catch (IOException e) {
      throw new StreamException(e.getMessage(), e);
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
  public void listed(Set<String> shardIds) {
    checkpoints()
        .forEach(
            (shardId, checkpoint) -> {
              if (!shardIds.contains(shardId)) {
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
        throw new StreamException(e.getMessage(), e);
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

  private ShardProcessor shard(String shardId) {
    return shards.computeIfAbsent(
        shardId,
        id -> {
          try {
            return host.assigned(new FileLease(folder, name(), id, alive));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public boolean ready(String shardId) {
    return shard(shardId).hasRoom() && host.fetched().used() < host.fetched().limit();
  }

  @Override
  public void handle(ShardBatch batch) {
    long bytes = batch.records().stream().mapToLong(FileStream::size).sum();
    host.fetched().adjust(0, bytes);
    try {
      shard(batch.shardId()).records(batch.records(), batch.millisBehind());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      host.fetched().release(bytes);
    }
  }

  private static long size(StreamRecord record) {
    return record.data().length + 200L;
  }

  @Override
  public void idle(String shardId, long millisBehind) {
    shard(shardId).idle(millisBehind);
  }

  @Override
  public void ended(String shardId, Runnable done) {
    shard(shardId)
        .ended(
            () -> {
              shards.remove(shardId);
              done.run();
            });
  }

  @Override
  public void gone(String shardId) {
    ShardProcessor shard = shards.remove(shardId);
    if (shard != null) {
      shard.lost();
    }
    if (!host.shardGone(name(), shardId, committed(shardId).orElse(null))) {
      throw new StreamException("shard " + shardId + " is no longer in the stream", null);
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
