package io.scribbler.consumer.reading;

import io.scribbler.consumer.StreamRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.Record;

/**
 * One shard being read: its place, its iterator and when it is due.
 *
 * <p>Owned by one thread at a time, the worker that took it from the queue, which hands it over by
 * putting it back; the volatile fields may be looked at by any thread.
 */
final class ShardCursor implements Delayed {
  /** What came of a read. */
  enum Outcome {
    AGAIN,
    /** Nothing more will come. */
    ENDED,
  }

  /** {@link #quietNanos} of a shard that isn't at its tip. */
  static final long NOT_QUIET = -1;

  private final String shardId;
  private final ReaderSettings settings;
  private final Backoff backoff = new Backoff();
  private ShardPosition position;
  private String iterator;
  private List<ShardInfo> children = List.of();
  private long quietSince = NOT_QUIET;
  private volatile long dueNanos;
  private volatile long quietNanos = NOT_QUIET;
  private volatile long millisBehind = -1;

  ShardCursor(String shardId, ShardPosition position, ReaderSettings settings, long nowNanos) {
    this.shardId = shardId;
    this.position = position;
    this.settings = settings;
    this.dueNanos = nowNanos;
  }

  String shardId() {
    return shardId;
  }

  Backoff backoff() {
    return backoff;
  }

  /**
   * The shards that came of this one as Kinesis named them, which may be none; null if the rest of
   * it isn't wanted.
   */
  List<ShardInfo> children() {
    return children;
  }

  /** For how long every read found the shard at its tip and nothing in it, or NOT_QUIET. */
  long quietNanos() {
    return quietNanos;
  }

  /** How far behind the tip the last read ended; -1 before the first. */
  long millisBehind() {
    return millisBehind;
  }

  /** The iterator can't be used any more; the place stays. */
  void forgetIterator() {
    iterator = null;
  }

  void dueIn(long nanos) {
    dueNanos = System.nanoTime() + nanos;
  }

  private void locate(KinesisShards shards) {
    if (iterator != null) {
      return;
    }
    GetShardIteratorResponse response = shards.iterator(shardId, position);
    iterator = response.shardIterator();
    backoff.succeeded();
    if (position.isLatest()) {
      // Asked for the tip again later, Kinesis would skip what came in between.
      position = ShardPosition.at(ServiceTime.of(response));
    }
  }

  /**
   * One read of at most so many records: hands them to the handler and says when the shard is due
   * again.
   */
  Outcome read(KinesisShards shards, int most, RecordHandler handler) {
    long start = System.nanoTime();
    if (iterator == null && position.isLatest()) {
      // The other shards' tips first: the reads can wait, the start of all should be one moment.
      locate(shards);
      dueNanos = start;
      return Outcome.AGAIN;
    }
    locate(shards);
    GetRecordsResponse response = shards.read(iterator, most);
    backoff.succeeded();
    handler.serviceTime(ServiceTime.of(response));
    boolean pastEnd = false;
    List<StreamRecord> records = new ArrayList<>(response.records().size());
    for (Record r : response.records()) {
      Instant arrival = r.approximateArrivalTimestamp();
      if (settings.to() != null && !arrival.isBefore(settings.to())) {
        pastEnd = true;
        break;
      }
      records.add(
          new StreamRecord(
              r.sequenceNumber(),
              r.partitionKey(),
              arrival.toEpochMilli(),
              r.data().asByteArrayUnsafe()));
    }
    long behind = response.millisBehindLatest() == null ? 0 : response.millisBehindLatest();
    if (!records.isEmpty()) {
      quietNanos = NOT_QUIET;
      handler.handle(new ShardBatch(shardId, records, behind));
      position = ShardPosition.after(records.get(records.size() - 1).sequenceNumber());
    }
    if (records.isEmpty()) {
      handler.idle(shardId, behind);
    }
    iterator = response.nextShardIterator();
    millisBehind = behind;
    if (pastEnd || (iterator != null && tipIsPastEnd(response, behind))) {
      children = null;
      return Outcome.ENDED;
    }
    if (iterator == null) {
      children = response.childShards().stream().map(ShardInfo::of).toList();
      return Outcome.ENDED;
    }
    boolean atTip = behind == 0;
    quiet(atTip && records.isEmpty(), start);
    long interval = (atTip ? settings.idleInterval() : settings.readInterval()).toNanos();
    dueNanos = start + interval;
    return Outcome.AGAIN;
  }

  /** Whether nothing that arrives from now on is wanted; judged by the service's clock. */
  private boolean tipIsPastEnd(GetRecordsResponse response, long behind) {
    return settings.to() != null
        && behind == 0
        && response.records().isEmpty()
        && ServiceTime.of(response).isAfter(settings.to());
  }

  private void quiet(boolean quiet, long readStart) {
    if (!quiet) {
      quietSince = NOT_QUIET;
      quietNanos = NOT_QUIET;
      return;
    }
    if (quietSince == NOT_QUIET) {
      quietSince = readStart;
    }
    quietNanos = readStart - quietSince;
  }

  @Override
  public long getDelay(TimeUnit unit) {
    return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public int compareTo(Delayed other) {
    return Long.signum(dueNanos - ((ShardCursor) other).dueNanos);
  }
}
