package io.scribbler.consumer.kcl;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** A Kinesis of one shard in memory, with the trouble that a test wants. Any thread. */
final class OneShard implements KinesisAsyncClient {
  // Guarded by this.
  private final List<Record> records = new ArrayList<>();
  private int expiring;
  private int reads;
  private int most = 2;
  private boolean missing;

  synchronized void put(int sequence, int bytes) {
    records.add(
        Record.builder()
            .sequenceNumber(Integer.toString(sequence))
            .partitionKey("key")
            .approximateArrivalTimestamp(Instant.EPOCH)
            .data(SdkBytes.fromByteArray(new byte[bytes]))
            .build());
  }

  /** So many reads find their iterator expired. */
  synchronized void expire(int times) {
    expiring = times;
  }

  synchronized void disappear() {
    missing = true;
  }

  /** The most records of an answer, 2 at first. */
  synchronized void most(int records) {
    most = records;
  }

  synchronized int reads() {
    return reads;
  }

  @Override
  public synchronized CompletableFuture<GetShardIteratorResponse> getShardIterator(
      GetShardIteratorRequest request) {
    int from = 0;
    if (request.startingSequenceNumber() != null) {
      from = Integer.parseInt(request.startingSequenceNumber());
      if (request.shardIteratorType() == ShardIteratorType.AFTER_SEQUENCE_NUMBER) {
        from++;
      }
    }
    return CompletableFuture.completedFuture(
        GetShardIteratorResponse.builder().shardIterator(Integer.toString(from)).build());
  }

  @Override
  public synchronized CompletableFuture<GetRecordsResponse> getRecords(GetRecordsRequest request) {
    reads++;
    if (missing) {
      return CompletableFuture.failedFuture(
          ResourceNotFoundException.builder().message("gone").build());
    }
    if (expiring > 0) {
      expiring--;
      return CompletableFuture.failedFuture(
          ExpiredIteratorException.builder().message("expired").build());
    }
    int from = Integer.parseInt(request.shardIterator());
    List<Record> found =
        records.stream()
            .filter(r -> Integer.parseInt(r.sequenceNumber()) >= from)
            .limit(Math.min(most, request.limit()))
            .toList();
    int next =
        found.isEmpty() ? from : Integer.parseInt(found.get(found.size() - 1).sequenceNumber()) + 1;
    return CompletableFuture.completedFuture(
        GetRecordsResponse.builder()
            .records(found)
            .millisBehindLatest(0L)
            .nextShardIterator(Integer.toString(next))
            .build());
  }

  @Override
  public String serviceName() {
    return "kinesis";
  }

  @Override
  public void close() {}
}
