package io.scribbler.agent.send;

import io.scribbler.agent.shard.HashKey;
import io.scribbler.agent.shard.ShardRange;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilter;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;

/** Kinesis by the AWS SDK. The client must not retry: the sender does. */
public final class KinesisPutter implements RecordPutter {
  private final KinesisClient client;
  private final String streamName; // null when the ARN names it
  private final String streamArn;

  /** Takes the client over: closing closes it. One of name and ARN is null. */
  public KinesisPutter(KinesisClient client, String streamName, String streamArn) {
    this.client = client;
    this.streamName = streamName;
    this.streamArn = streamArn;
  }

  @Override
  public PutOutcome put(List<SealedRecord> records) {
    List<PutRecordsRequestEntry> entries = new ArrayList<>(records.size());
    for (SealedRecord record : records) {
      entries.add(
          PutRecordsRequestEntry.builder()
              .data(SdkBytes.fromByteArrayUnsafe(record.data()))
              .partitionKey(record.partitionKey())
              .explicitHashKey(record.explicitHashKey())
              .build());
    }
    try {
      PutRecordsResponse response =
          client.putRecords(
              PutRecordsRequest.builder()
                  .streamName(streamName)
                  .streamARN(streamArn)
                  .records(entries)
                  .build());
      if (response.records().size() != records.size()) {
        return PutOutcome.failed(
            new Failure(
                Kind.TRANSIENT,
                "an answer about " + response.records().size() + " records to " + records.size()));
      }
      return PutOutcome.of(response.records().stream().map(KinesisPutter::result).toList());
    } catch (SdkException e) {
      return PutOutcome.failed(Failures.of(e));
    } catch (RuntimeException e) {
      return PutOutcome.failed(Failures.ofUnexpected(e));
    }
  }

  private static RecordResult result(PutRecordsResultEntry entry) {
    return entry.errorCode() == null
        ? new RecordResult(entry.shardId(), null)
        : new RecordResult(null, Failures.ofCode(entry.errorCode(), entry.errorMessage()));
  }

  @Override
  public ShardsOutcome openShards() {
    try {
      List<ShardRange> open = new ArrayList<>();
      String nextToken = null;
      do {
        ListShardsRequest.Builder request = ListShardsRequest.builder();
        if (nextToken == null) {
          request
              .streamName(streamName)
              .streamARN(streamArn)
              .shardFilter(ShardFilter.builder().type(ShardFilterType.AT_LATEST).build());
        } else {
          request.nextToken(nextToken);
        }
        ListShardsResponse response = client.listShards(request.build());
        for (Shard shard : response.shards()) {
          if (shard.sequenceNumberRange().endingSequenceNumber() == null) {
            open.add(
                new ShardRange(
                    shard.shardId(),
                    HashKey.parse(shard.hashKeyRange().startingHashKey()),
                    HashKey.parse(shard.hashKeyRange().endingHashKey())));
          }
        }
        nextToken = response.nextToken();
      } while (nextToken != null);
      return ShardsOutcome.of(open);
    } catch (SdkException e) {
      return ShardsOutcome.failed(Failures.of(e));
    } catch (RuntimeException e) {
      return ShardsOutcome.failed(Failures.ofUnexpected(e));
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
