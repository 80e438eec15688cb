package io.scribbler.consumer.kcl;

import io.scribbler.consumer.LeaseLostException;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.ShardLease;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.checkpoint.SentinelCheckpoint;
import software.amazon.kinesis.exceptions.KinesisClientLibException;
import software.amazon.kinesis.exceptions.KinesisClientLibRetryableException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.processor.Checkpointer;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * A shard whose checkpoint is KCL's, in the row of its lease. Position and pending position are
 * written by KCL's own checkpointer, which refuses when the lease has changed hands; {@code upTo}
 * beside it, at most once a minute, since it only has to be right, not fresh. Identities ({@code
 * seen}) are not kept: they would ride in every renewal of the lease.
 */
final class KclLease implements ShardLease {
  private static final Logger log = LoggerFactory.getLogger(KclLease.class);
  private static final Duration UP_TO_INTERVAL = Duration.ofMinutes(1);

  /** KCL keeps for itself what is larger: see {@link Fetched#records}. */
  private static final long MOST_MESSAGES = Long.MAX_VALUE - 1;

  private final String stream;
  private final String shardId;
  private final Checkpoint first;
  private final Checkpointer checkpoints;
  private final String token;
  private final LeaseTable table;
  private final String worker;

  // Guarded by this.
  private Position committed;
  private boolean pending;
  private Instant upTo;
  private RecordProcessorCheckpointer end;

  /** Written while this is held, read without: whoever watches doesn't wait for a write. */
  private volatile boolean lost;

  KclLease(
      String stream,
      String shardId,
      Checkpoint first,
      Checkpointer checkpoints,
      String token,
      LeaseTable table,
      String worker) {
    this.stream = stream;
    this.shardId = shardId;
    this.first = first;
    this.checkpoints = checkpoints;
    this.token = token;
    this.table = table;
    this.worker = worker;
    this.committed = first.committed();
    this.pending = first.pending() != null;
    this.upTo = first.upTo();
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

  /** The shard has ended: its end may be committed, in the way that KCL looks for it. */
  synchronized void ended(RecordProcessorCheckpointer checkpointer) {
    end = checkpointer;
  }

  /** Whether a write found that the lease is not this process's. Never waits. */
  boolean isLost() {
    return lost;
  }

  @Override
  public synchronized void commit(Position position, Instant newUpTo, byte[] seen) {
    if (position.isEnd()) {
      if (end == null) {
        throw new CheckpointException(
            "shard " + shardId + " of " + stream + " has not ended, its end can't be committed",
            null);
      }
      write(() -> end.checkpoint(SentinelCheckpoint.SHARD_END.name(), 0));
    } else if (pending || !position.equals(committed)) {
      write(() -> checkpoints.setCheckpoint(shardId, stored(position), token));
      storeUpTo(newUpTo);
    } else {
      storeUpTo(newUpTo);
    }
    committed = position;
    pending = false;
  }

  @Override
  public synchronized void prepare(Position position, byte[] state) {
    pending = true;
    write(() -> checkpoints.prepareCheckpoint(shardId, stored(position), token, state));
  }

  @Override
  public synchronized void progress(Instant newUpTo) {
    if (!isDue(newUpTo)) {
      return;
    }
    try {
      if (!table.storeUpTo(shardId, worker, newUpTo)) {
        throw lost(null);
      }
      upTo = newUpTo;
    } catch (SdkException e) {
      throw notWritten("the time up to which shard " + shardId + " is done", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException("interrupted; it is unknown whether it was stored", e);
    }
  }

  private static ExtendedSequenceNumber stored(Position position) {
    return position.isEnd()
        ? ExtendedSequenceNumber.SHARD_END
        : new ExtendedSequenceNumber(
            position.sequenceNumber(), Math.min(position.messages(), MOST_MESSAGES));
  }

  private boolean isDue(Instant newUpTo) {
    return newUpTo != null && (upTo == null || !newUpTo.isBefore(upTo.plus(UP_TO_INTERVAL)));
  }

  /** After the position, which it must not be ahead of; the position counts, stored as it is. */
  private void storeUpTo(Instant newUpTo) {
    try {
      progress(newUpTo);
    } catch (CheckpointException | LeaseLostException e) {
      log.debug("shard {} of {}: up to when it is done is not stored", shardId, stream, e);
    }
  }

  /** A write of KCL's. */
  @FunctionalInterface
  private interface Write {
    void run() throws KinesisClientLibException;
  }

  private void write(Write write) {
    try {
      write.run();
    } catch (ShutdownException e) {
      throw lost(e);
    } catch (KinesisClientLibException | KinesisClientLibRetryableException | SdkException e) {
      throw notWritten("the checkpoint of shard " + shardId, e);
    }
  }

  private LeaseLostException lost(Throwable cause) {
    lost = true;
    return new LeaseLostException(
        "another process has shard " + shardId + " of " + stream + " now", cause);
  }

  private CheckpointException notWritten(String what, Throwable cause) {
    return new CheckpointException(
        what + " could not be written to table " + table.name() + ": " + rootMessage(cause), cause);
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}
