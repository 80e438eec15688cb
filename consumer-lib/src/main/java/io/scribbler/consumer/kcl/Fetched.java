package io.scribbler.consumer.kcl;

import io.scribbler.consumer.reading.ShardPosition;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/**
 * What one read of a shard, or one pushed event, brought.
 *
 * @param records each with a sub-sequence above every position in it, so that KCL takes any
 *     checkpoint and gives the record of the last one again
 * @param millisBehind how far the last record, or the read, is behind the tip
 * @param next where to go on
 * @param ended whether nothing more will come of the shard
 * @param children what came of a shard that ended
 * @param bytes what the records take, about
 */
record Fetched(
    List<KinesisClientRecord> records,
    long millisBehind,
    ShardPosition next,
    boolean ended,
    List<ChildShard> children,
    long bytes) {
  private static final long RECORD_BYTES = 200;

  /** From records and what comes with them. */
  static Fetched of(
      List<Record> records,
      Long millisBehind,
      ShardPosition next,
      boolean ended,
      List<ChildShard> children) {
    if (ended && children.isEmpty()) {
      // Without its children the end would leave a hole; Kinesis has them at the next try.
      throw SdkClientException.create("the shard has ended, and no child is named yet");
    }
    long bytes =
        records.stream().mapToLong(r -> r.data().asByteArrayUnsafe().length + RECORD_BYTES).sum();
    List<KinesisClientRecord> converted =
        records.stream()
            .map(
                r ->
                    KinesisClientRecord.fromRecord(r).toBuilder()
                        .subSequenceNumber(Long.MAX_VALUE)
                        .build())
            .toList();
    return new Fetched(
        converted, millisBehind == null ? 0 : millisBehind, next, ended, children, bytes);
  }

  /** The end of a shard that is no longer in the stream. */
  static Fetched gone(ShardPosition at) {
    return new Fetched(List.of(), 0, at, true, List.of(), 0);
  }
}
