package io.scribbler.consumer.kcl;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.reading.ShardPosition;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;

/**
 * A shard by SubscribeToShard: one event is asked for at a time, so that no more is in memory than
 * what was reserved. A subscription lasts five minutes; the next one begins at the place.
 */
final class FanOutSource implements ShardSource {
  private static final Duration WAIT = Duration.ofSeconds(1);

  private final StreamCalls calls;
  private final FanOutConsumer consumer;
  private final String shardId;
  private ShardPosition subscribedPlace;
  private volatile ShardSubscription subscription;

  FanOutSource(StreamCalls calls, FanOutConsumer consumer, String shardId) {
    this.calls = calls;
    this.consumer = consumer;
    this.shardId = shardId;
  }

  @Override
  public Fetched fetch(ShardPosition place, long bytes) throws InterruptedException {
    if (subscription == null || !place.equals(subscribedPlace)) {
      reset();
      subscription = ShardSubscription.open(calls.client(), consumer.arn(), shardId, place);
      subscribedPlace = place;
    }
    SubscribeToShardEvent event;
    try {
      event = subscription.next(WAIT);
    } catch (ResourceNotFoundException e) {
      consumer.forget();
      throw e;
    }
    if (event == null) {
      if (subscription.isOver()) {
        reset();
      }
      return null;
    }
    ShardPosition next = next(place, event);
    Fetched fetched =
        Fetched.of(
            event.records(),
            event.millisBehindLatest(),
            next,
            event.continuationSequenceNumber() == null,
            event.childShards());
    subscribedPlace = next;
    return fetched;
  }

  /**
   * Behind the last record. An event without records tells how far the shard was looked through;
   * there might be a record at that very number, which didn't come yet.
   */
  private static ShardPosition next(ShardPosition place, SubscribeToShardEvent event) {
    List<Record> records = event.records();
    if (!records.isEmpty()) {
      return ShardPosition.after(records.get(records.size() - 1).sequenceNumber());
    }
    String seen = event.continuationSequenceNumber();
    boolean further =
        seen != null
            && (place.sequenceNumber() == null
                || Position.compareSequenceNumbers(seen, place.sequenceNumber()) > 0);
    return further ? ShardPosition.atRecord(seen) : place;
  }

  @Override
  public Duration interval(Fetched fetched) {
    return Duration.ZERO;
  }

  @Override
  public void reset() {
    ShardSubscription open = subscription;
    subscription = null;
    if (open != null) {
      open.close();
    }
  }
}
