package io.scribbler.consumer.file;

import io.scribbler.consumer.LeaseLostException;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.ShardLease;
import java.io.IOException;
import java.time.Instant;

/**
 * A shard whose checkpoint is a file. The process has the whole folder, so none is ever lost to
 * another.
 */
final class FileLease implements ShardLease {
  private final CheckpointFolder folder;
  private final String stream;
  private final String shardId;
  private final Checkpoint first;
  // Guarded by this.
  private Checkpoint stored;
  private boolean forgotten;

  /**
   * A lease.
   *
   * @param alive when the application was last known to be up to date with the stream, for a shard
   *     of which nothing is stored; null: it is new
   */
  FileLease(CheckpointFolder folder, String stream, String shardId, Instant alive)
      throws IOException {
    this.folder = folder;
    this.stream = stream;
    this.shardId = shardId;
    Checkpoint found = folder.checkpoint(stream, shardId);
    this.first =
        found.equals(Checkpoint.NONE)
            ? new Checkpoint(null, null, new byte[0], alive, new byte[0])
            : found;
    this.stored = first;
  }

  @Override
  public String stream() {
    return stream;
  }

  @Override
  public String shardId() {
    return shardId;
  }

  @Override
  public Checkpoint checkpoint() {
    return first;
  }

  @Override
  public void commit(Position position, Instant upTo, byte[] seen) {
    store(CheckpointFolder.committed(position, upTo, seen));
  }

  @Override
  public synchronized void progress(Instant upTo) {
    Checkpoint now = stored;
    store(new Checkpoint(now.committed(), now.pending(), now.state(), upTo, now.seen()));
  }

  @Override
  public synchronized void prepare(Position position, byte[] state) {
    Checkpoint now = stored;
    store(new Checkpoint(now.committed(), position, state, now.upTo(), now.seen()));
  }

  /** The shard is gone from the stream: deletes what is stored; nothing is stored afterwards. */
  synchronized void forget() throws IOException {
    forgotten = true;
    folder.delete(stream, shardId);
  }

  private synchronized void store(Checkpoint checkpoint) {
    if (forgotten) {
      throw new LeaseLostException("shard " + shardId + " is no longer in the stream", null);
    }
    try {
      folder.store(stream, shardId, checkpoint);
      stored = checkpoint;
    } catch (IOException e) {
      throw new CheckpointException("can't write to " + folder.path() + ": " + e.getMessage(), e);
    }
  }
}
