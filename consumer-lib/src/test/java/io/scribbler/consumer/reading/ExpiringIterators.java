package io.scribbler.consumer.reading;

import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;

/** A real client, but every third iterator is said to have expired, which else takes minutes. */
final class ExpiringIterators implements KinesisClient {
  private final KinesisClient client;
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger expired = new AtomicInteger();

  ExpiringIterators(KinesisClient client) {
    this.client = client;
  }

  int expired() {
    return expired.get();
  }

  @Override
  public GetRecordsResponse getRecords(GetRecordsRequest request) {
    if (reads.incrementAndGet() % 3 == 0) {
      expired.incrementAndGet();
      throw ExpiredIteratorException.builder().message("expired").build();
    }
    return client.getRecords(request);
  }

  @Override
  public GetShardIteratorResponse getShardIterator(GetShardIteratorRequest request) {
    return client.getShardIterator(request);
  }

  @Override
  public ListShardsResponse listShards(ListShardsRequest request) {
    return client.listShards(request);
  }

  @Override
  public String serviceName() {
    return client.serviceName();
  }

  @Override
  public void close() {}
}
