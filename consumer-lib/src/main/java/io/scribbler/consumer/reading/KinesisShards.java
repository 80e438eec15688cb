package io.scribbler.consumer.reading;

import io.scribbler.consumer.StartPosition;
import io.scribbler.net.StreamName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;

/** The three calls that reading needs, on one stream by its name or ARN. Any thread. */
final class KinesisShards {
  private final KinesisClient client;
  private final StreamName stream;
  private volatile Instant listedAt = Instant.EPOCH;

  KinesisShards(KinesisClient client, StreamName stream) {
    this.client = client;
    this.stream = stream;
  }

  /** All shards of the stream, closed ones too. */
  List<ShardInfo> list() {
    return list(ListShardsRequest.builder());
  }

  /** The shards that were open at the time or later. */
  List<ShardInfo> listFrom(Instant time) {
    return list(
        ListShardsRequest.builder()
            .shardFilter(f -> f.type(ShardFilterType.FROM_TIMESTAMP).timestamp(time)));
  }

  /** Kinesis's time, in whole seconds, of the last listing. */
  Instant listedAt() {
    return listedAt;
  }

  private List<ShardInfo> list(ListShardsRequest.Builder first) {
    return all(first).stream().map(ShardInfo::of).toList();
  }

  /** The shards that an application reads that starts there, as Kinesis describes them. */
  List<Shard> all(StartPosition start) {
    return all(
        start.kind() == StartPosition.Kind.TIME
            ? ListShardsRequest.builder()
                .shardFilter(f -> f.type(ShardFilterType.FROM_TIMESTAMP).timestamp(start.time()))
            : ListShardsRequest.builder());
  }

  private List<Shard> all(ListShardsRequest.Builder first) {
    List<Shard> shards = new ArrayList<>();
    ListShardsRequest request =
        stream.arn() == null
            ? first.streamName(stream.name()).build()
            : first.streamARN(stream.arn()).build();
    while (true) {
      ListShardsResponse response = client.listShards(request);
      listedAt = ServiceTime.of(response);
      shards.addAll(response.shards());
      String next = response.nextToken();
      if (next == null) {
        return shards;
      }
      request = ListShardsRequest.builder().streamARN(stream.arn()).nextToken(next).build();
    }
  }

  GetShardIteratorResponse iterator(String shardId, ShardPosition position) {
    GetShardIteratorRequest.Builder request = GetShardIteratorRequest.builder().shardId(shardId);
    position.into(request);
    return client.getShardIterator(
        stream.arn() == null
            ? request.streamName(stream.name()).build()
            : request.streamARN(stream.arn()).build());
  }

  /** At most so many records, 1 to 10,000. */
  GetRecordsResponse read(String iterator, int limit) {
    return client.getRecords(
        GetRecordsRequest.builder()
            .streamARN(stream.arn())
            .shardIterator(iterator)
            .limit(limit)
            .build());
  }
}
