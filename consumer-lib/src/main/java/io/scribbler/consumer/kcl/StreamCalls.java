package io.scribbler.consumer.kcl;

import io.scribbler.consumer.reading.ShardPosition;
import io.scribbler.net.StreamName;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/** Calls of Kinesis on one stream by its name or ARN, answers waited for. Any thread. */
final class StreamCalls {
  /** What became of a shard that Kinesis doesn't find. */
  enum Existence {
    THERE,
    SHARD_GONE,
    STREAM_GONE
  }

  private final KinesisAsyncClient client;
  private final StreamName stream;

  StreamCalls(KinesisAsyncClient client, StreamName stream) {
    this.client = client;
    this.stream = stream;
  }

  KinesisAsyncClient client() {
    return client;
  }

  StreamName stream() {
    return stream;
  }

  DescribeStreamSummaryResponse summary() throws InterruptedException {
    return Answers.of(
        client.describeStreamSummary(
            r -> {
              if (stream.arn() == null) {
                r.streamName(stream.name());
              } else {
                r.streamARN(stream.arn());
              }
            }));
  }

  String iterator(String shardId, ShardPosition position) throws InterruptedException {
    GetShardIteratorRequest.Builder request = GetShardIteratorRequest.builder().shardId(shardId);
    position.into(request);
    if (stream.arn() == null) {
      request.streamName(stream.name());
    } else {
      request.streamARN(stream.arn());
    }
    return Answers.of(client.getShardIterator(request.build())).shardIterator();
  }

  GetRecordsResponse read(String iterator, int mostRecords) throws InterruptedException {
    return Answers.of(
        client.getRecords(
            GetRecordsRequest.builder()
                .streamARN(stream.arn())
                .shardIterator(iterator)
                .limit(mostRecords)
                .build()));
  }

  /** What became of a shard. */
  Existence existence(String shardId) throws InterruptedException {
    ListShardsRequest request =
        stream.arn() == null
            ? ListShardsRequest.builder().streamName(stream.name()).build()
            : ListShardsRequest.builder().streamARN(stream.arn()).build();
    try {
      while (true) {
        ListShardsResponse response = Answers.of(client.listShards(request));
        if (response.shards().stream().anyMatch(s -> s.shardId().equals(shardId))) {
          return Existence.THERE;
        }
        String next = response.nextToken();
        if (next == null) {
          return Existence.SHARD_GONE;
        }
        request = ListShardsRequest.builder().streamARN(stream.arn()).nextToken(next).build();
      }
    } catch (ResourceNotFoundException e) {
      return Existence.STREAM_GONE;
    }
  }
}
