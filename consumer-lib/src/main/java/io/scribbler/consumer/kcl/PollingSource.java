package io.scribbler.consumer.kcl;

import io.scribbler.consumer.reading.ShardPosition;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;

/**
 * A shard by GetRecords. An iterator belongs to a place: one that has expired is got again for the
 * very place, so that a record that is done in part is read again and not passed over.
 */
final class PollingSource implements ShardSource {
  /** The service allows five reads a second to all readers of a shard. */
  private static final Duration READ_INTERVAL = Duration.ofMillis(200);

  /** The service's limit. */
  private static final int MOST_RECORDS = 10_000;

  /** An answer's; with so many reserved it need not be held to them. */
  static final long MOST_BYTES = 10 << 20;

  private final StreamCalls calls;
  private final String shardId;
  private final Duration pollInterval;
  private String iterator;
  private ShardPosition iteratorPlace;

  /** What a record takes, as the last answer had them; at first one that is well filled. */
  private long recordBytes = 512 << 10;

  PollingSource(StreamCalls calls, String shardId, Duration pollInterval) {
    this.calls = calls;
    this.shardId = shardId;
    this.pollInterval = pollInterval;
  }

  @Override
  public Fetched fetch(ShardPosition place, long bytes) throws InterruptedException {
    if (iterator == null || !place.equals(iteratorPlace)) {
      iterator = calls.iterator(shardId, place);
      iteratorPlace = place;
    }
    GetRecordsResponse response = calls.read(iterator, records(bytes));
    List<Record> records = response.records();
    ShardPosition next =
        records.isEmpty()
            ? place
            : ShardPosition.after(records.get(records.size() - 1).sequenceNumber());
    String nextIterator = response.nextShardIterator();
    Fetched fetched =
        Fetched.of(
            records,
            response.millisBehindLatest(),
            next,
            nextIterator == null,
            response.childShards());
    if (!records.isEmpty()) {
      recordBytes = Math.max(1, fetched.bytes() / records.size());
    }
    iterator = nextIterator;
    iteratorPlace = next;
    return fetched;
  }

  /** The service limits an answer by its records alone, so by what they took lately. */
  private int records(long bytes) {
    return bytes >= MOST_BYTES
        ? MOST_RECORDS
        : (int) Math.max(1, Math.min(MOST_RECORDS, bytes / recordBytes));
  }

  @Override
  public Duration interval(Fetched fetched) {
    boolean behind = fetched.millisBehind() > 0;
    return behind && READ_INTERVAL.compareTo(pollInterval) < 0 ? READ_INTERVAL : pollInterval;
  }

  @Override
  public void reset() {
    iterator = null;
  }
}
