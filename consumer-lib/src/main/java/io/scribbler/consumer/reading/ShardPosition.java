package io.scribbler.consumer.reading;

import io.scribbler.consumer.StartPosition;
import java.time.Instant;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/**
 * A place in one shard from which an iterator can be had again at any time.
 *
 * @param type how the service is asked for it
 * @param sequenceNumber of a record, for AFTER_ and AT_SEQUENCE_NUMBER
 * @param time for AT_TIMESTAMP
 */
public record ShardPosition(ShardIteratorType type, String sequenceNumber, Instant time) {
  /** At the oldest record. */
  public static final ShardPosition OLDEST =
      new ShardPosition(ShardIteratorType.TRIM_HORIZON, null, null);

  /** Where a start is in any shard. */
  public static ShardPosition of(StartPosition start) {
    return switch (start.kind()) {
      case OLDEST -> OLDEST;
      case NEWEST -> new ShardPosition(ShardIteratorType.LATEST, null, null);
      case TIME -> at(start.time());
    };
  }

  /** At the first record that arrived then or later. */
  public static ShardPosition at(Instant time) {
    return new ShardPosition(ShardIteratorType.AT_TIMESTAMP, null, time);
  }

  /** Behind a record. */
  public static ShardPosition after(String sequenceNumber) {
    return new ShardPosition(ShardIteratorType.AFTER_SEQUENCE_NUMBER, sequenceNumber, null);
  }

  /** At a record, so that it is read again. */
  public static ShardPosition atRecord(String sequenceNumber) {
    return new ShardPosition(ShardIteratorType.AT_SEQUENCE_NUMBER, sequenceNumber, null);
  }

  /** Whether it is the tip, which moves. */
  public boolean isLatest() {
    return type == ShardIteratorType.LATEST;
  }

  /** Puts it into a request. */
  public void into(GetShardIteratorRequest.Builder request) {
    request.shardIteratorType(type).startingSequenceNumber(sequenceNumber).timestamp(time);
  }
}
