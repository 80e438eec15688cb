package io.scribbler.consumer.kcl;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.reading.ShardPosition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.checkpoint.SentinelCheckpoint;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * One shard while KCL says that it is ours: from KCL's calls to the library's processor. Nothing
 * that is thrown gets back to KCL from {@link #processRecords}: it would skip the records.
 */
final class KclShard implements ShardRecordProcessor, FeedOwner {
  private static final Logger log = LoggerFactory.getLogger(KclShard.class);
  private static final long LOOK_AGAIN_MILLIS = 200;

  private final ShardContext stream;
  private final String shardId;
  private final String token;
  private final ShardFeed feed;
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicBoolean handedOver = new AtomicBoolean();
  private final CompletableFuture<Boolean> drained = new CompletableFuture<>();
  // Written by KCL's thread in initialize.
  private volatile ShardProcessor processor;
  private volatile KclLease lease;
  private volatile boolean over;
  // Written by the thread that commits the end.
  private volatile boolean endCommitted;

  KclShard(ShardContext stream, ShardInfo shard) {
    this.stream = stream;
    this.shardId = shard.shardId();
    this.token = shard.concurrencyToken();
    this.feed = new ShardFeed(this, stream.source(shardId));
  }

  ShardFeed feed() {
    return feed;
  }

  @Override
  public String shardId() {
    return shardId;
  }

  String token() {
    return token;
  }

  /** Whether nothing is done with it any more. */
  boolean isOver() {
    return over;
  }

  /**
   * Its last work is to be done, since the lease goes to another process; false when that has begun
   * or the shard is over.
   */
  boolean beginHandOver() {
    return !ending.get() && handedOver.compareAndSet(false, true);
  }

  /** Whether a write found that the lease is another's, which KCL may not know. */
  boolean foundLost() {
    KclLease now = lease;
    return now != null && now.isLost();
  }

  // ---- what KCL calls ----

  @Override
  public void initialize(InitializationInput input) {
    if (!input.shardId().equals(shardId)) {
      throw new IllegalStateException(
          "KCL's order of calls has changed: " + input.shardId() + " for " + shardId);
    }
    if (stream.isStopping()) {
      over = true;
      return;
    }
    try {
      Position pending = position(input.pendingCheckpointSequenceNumber());
      byte[] state = input.pendingCheckpointState();
      Checkpoint checkpoint =
          new Checkpoint(
              position(input.extendedSequenceNumber()),
              pending,
              state == null ? new byte[0] : state,
              stream.table().upTo(shardId),
              new byte[0]);
      lease =
          new KclLease(
              stream.name(),
              shardId,
              checkpoint,
              stream.checkpoints(),
              token,
              stream.table(),
              stream.worker());
      begin();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      over = true;
    }
  }

  private void begin() {
    try {
      processor = stream.host().assigned(lease);
    } catch (RuntimeException e) {
      failed(e); // the application's own code: KCL would try it again without end
    }
  }

  /** A position that is stored; null for a sentinel, where nothing is done yet. */
  private static Position position(ExtendedSequenceNumber stored) {
    if (stored == null) {
      return null;
    }
    if (stored.isShardEnd()) {
      return Position.END;
    }
    return stored.isSentinelCheckpoint()
        ? null
        : new Position(stored.sequenceNumber(), stored.subSequenceNumber());
  }

  @Override
  public void processRecords(ProcessRecordsInput input) {
    ShardProcessor now = processor;
    if (now == null || over) {
      return;
    }
    try {
      Long behind = input.millisBehindLatest();
      if (!input.records().isEmpty()) {
        List<StreamRecord> records = input.records().stream().map(KclShard::record).toList();
        now.records(records, behind == null ? -1 : behind);
      } else if (behind != null) {
        now.idle(behind);
      }
    } catch (InterruptedException e) {
      // The feed is closed: whoever did that has ended the shard.
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      failed(e);
    }
  }

  private static StreamRecord record(KinesisClientRecord record) {
    ByteBuffer data = record.data();
    byte[] bytes;
    if (data.hasArray() && data.arrayOffset() == 0 && data.remaining() == data.array().length) {
      bytes = data.array();
    } else {
      bytes = new byte[data.remaining()];
      data.duplicate().get(bytes);
    }
    return new StreamRecord(
        record.sequenceNumber(),
        record.partitionKey(),
        record.approximateArrivalTimestamp().toEpochMilli(),
        bytes);
  }

  @Override
  public void leaseLost(LeaseLostInput input) {
    lost();
  }

  /** Returns when the end is committed: KCL looks for it then, and lets the children begin. */
  @Override
  public void shardEnded(ShardEndedInput input) {
    ShardProcessor now = processor;
    if (now == null || over) {
      return;
    }
    lease.ended(input.checkpointer());
    CountDownLatch done = new CountDownLatch(1);
    now.ended(
        () -> {
          endCommitted = true;
          done.countDown();
        });
    try {
      boolean left = false;
      while (!left && !done.await(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS)) {
        left = over || drained.isDone() || !stream.holds(this);
      }
      if (endCommitted) {
        lost();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The lease goes to another process. */
  @Override
  public void shutdownRequested(ShutdownRequestedInput input) {
    try {
      drain(stream.timing().drain());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lost();
  }

  // ---- what the engine calls ----

  /**
   * Lets what was taken be handled and committed. Done once; another call waits for the first.
   *
   * @return whether everything is; so it is when the shard's end was committed, before or meanwhile
   */
  boolean drain(Duration time) throws InterruptedException {
    if (ending.compareAndSet(false, true)) {
      boolean all = false;
      try {
        ShardProcessor now = processor;
        all = now == null || over || now.drain(time) || endCommitted;
        over = true;
      } finally {
        drained.complete(all);
      }
      return all;
    }
    try {
      return drained.get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** The lease is gone, or everything is done. Any thread. */
  void lost() {
    over = true;
    ending.set(true);
    try {
      tellLost();
    } finally {
      drained.complete(endCommitted);
      feed.close();
      stream.left(this);
    }
  }

  private void tellLost() {
    ShardProcessor now = processor;
    try {
      if (now != null) {
        now.lost();
      }
    } catch (RuntimeException e) {
      log.error("shard {} of {}: its handler failed in lost()", shardId, stream.name(), e);
    }
  }

  // ---- what the feed asks ----

  @Override
  public boolean hasRoom() {
    ShardProcessor now = processor;
    return now != null && !over && !stream.paused() && now.hasRoom();
  }

  @Override
  public FetchShares memory() {
    return stream.memory();
  }

  @Override
  public ShardPosition place(ExtendedSequenceNumber stored) {
    if (!stored.isSentinelCheckpoint()) {
      return ShardPosition.atRecord(stored.sequenceNumber());
    }
    String sentinel = stored.sequenceNumber();
    if (sentinel.equals(SentinelCheckpoint.TRIM_HORIZON.name())) {
      return ShardPosition.OLDEST;
    }
    // AT_TIMESTAMP, or LATEST in a table that was KCL's alone: it would be another place each time.
    StartPosition start = stream.startNow();
    return ShardPosition.of(start);
  }

  @Override
  public boolean missing(SdkException e) throws InterruptedException {
    KclLease now = lease;
    Position committed = now == null ? null : now.checkpoint().committed();
    return stream.missing(shardId, committed);
  }

  @Override
  public void trouble(SdkException e) {
    stream.trouble(e);
  }

  @Override
  public void failed(Throwable cause) {
    over = true;
    stream.host().failed(cause);
  }
}
