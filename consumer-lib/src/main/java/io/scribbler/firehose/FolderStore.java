package io.scribbler.firehose;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.file.CheckpointFolder;
import io.scribbler.consumer.reading.ShardLookup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Checkpoints in files. */
final class FolderStore implements ProgressStore {
  private final CheckpointFolder folder;
  private final String application;
  private final String stream;

  /**
   * Those of an application below a directory.
   *
   * @param stream null: only what is the whole application's
   */
  FolderStore(Path directory, String application, String stream) {
    this.folder = new CheckpointFolder(directory, application);
    this.application = application;
    this.stream = stream;
    if (!Files.isDirectory(folder.path()) || (stream != null && !folder.has(stream))) {
      throw new StreamException(
          "there is no application "
              + application
              + (stream == null ? "" : " that reads " + stream)
              + " in "
              + directory
              + "; check --application and --state"
              + (stream == null ? "" : " and --stream"),
          null);
    }
  }

  @Override
  public Optional<StartPosition> start() throws IOException {
    return folder.start(stream);
  }

  @Override
  public Map<String, Stored> shards() throws IOException {
    String owner = folder.inUse() ? "a process" : null;
    Map<String, Stored> shards = new TreeMap<>();
    folder
        .checkpoints(stream)
        .forEach(
            (shardId, checkpoint) ->
                shards.put(
                    shardId, new Stored(checkpoint.committed(), checkpoint.pending(), owner)));
    return shards;
  }

  @Override
  public boolean paused() {
    return folder.paused();
  }

  @Override
  public void pause(boolean paused) throws IOException {
    folder.pause(paused);
  }

  @Override
  public Optional<String> busy() throws IOException {
    return folder.inUse()
        ? Optional.of(
            "a process reads for application "
                + application
                + ", it holds "
                + folder.path().resolve("lock")
                + "; stop it first")
        : Optional.empty();
  }

  @Override
  public void reset(StartPosition start, List<ShardLookup.Listed> first) throws IOException {
    locked(() -> folder.reset(stream, start));
  }

  @Override
  public void reset(String shardId, StartPosition to, String record) throws IOException {
    Checkpoint checkpoint =
        new Checkpoint(new Position(record, 0), null, new byte[0], null, new byte[0]);
    locked(() -> folder.store(stream, shardId, checkpoint));
  }

  private interface Change {
    void make() throws IOException;
  }

  private void locked(Change change) throws IOException {
    CheckpointFolder.Lock lock = folder.lock();
    try {
      change.make();
    } finally {
      lock.close();
    }
  }

  @Override
  public void close() {
    // Nothing is held between two calls.
  }
}
