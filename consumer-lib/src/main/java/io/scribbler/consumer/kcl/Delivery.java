package io.scribbler.consumer.kcl;

import io.scribbler.consumer.reading.ShardPosition;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.retrieval.BatchUniqueIdentifier;
import software.amazon.kinesis.retrieval.RecordsRetrieved;

/**
 * What is handed to KCL at once.
 *
 * @param processRecordsInput in KCL's terms; without a lag when nothing was read
 * @param next where the shard goes on behind it
 */
record Delivery(ProcessRecordsInput processRecordsInput, ShardPosition next)
    implements RecordsRetrieved {
  static Delivery of(Fetched fetched) {
    return new Delivery(
        ProcessRecordsInput.builder()
            .cacheEntryTime(Instant.now())
            .records(fetched.records())
            .millisBehindLatest(fetched.millisBehind())
            .isAtShardEnd(fetched.ended())
            .childShards(fetched.children())
            .build(),
        fetched.next());
  }

  /** A sign of life: without one KCL takes a feed for dead after a minute. */
  static Delivery nothing(ShardPosition place) {
    return new Delivery(
        ProcessRecordsInput.builder()
            .cacheEntryTime(Instant.now())
            .records(List.of())
            .childShards(List.of())
            .build(),
        place);
  }

  @Override
  public BatchUniqueIdentifier batchUniqueIdentifier() {
    return new BatchUniqueIdentifier(UUID.randomUUID().toString(), "");
  }
}
