package io.scribbler.consumer.reading;

import io.scribbler.consumer.StreamRecord;
import java.util.List;

/**
 * What one read of one shard gave.
 *
 * @param shardId the shard
 * @param records in the shard's order, never empty, up to 10 MiB
 * @param millisBehind how far the end of the batch is behind the shard's tip; 0 at the tip
 */
public record ShardBatch(String shardId, List<StreamRecord> records, long millisBehind) {
  /** Copies the list. */
  public ShardBatch {
    records = List.copyOf(records);
  }
}
