package io.scribbler.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ScalingType;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamMode;

/** What the SDK's client must see of an embedded stream, in each encoding. */
abstract class StreamContract {
  private LocalStream stream;
  private KinesisClient kinesis;

  @BeforeEach
  void start() {
    stream = LocalStream.start(LocalOptions.defaults().withStream("s", 2));
    kinesis = Clients.sync(stream.endpoint());
  }

  @AfterEach
  void stop() {
    kinesis.close();
    stream.close();
  }

  @Test
  void createsDescribesListsAndDeletesStreams() {
    Instant before = Instant.now().minusMillis(1);
    kinesis.createStream(r -> r.streamName("new").shardCount(3));
    var summary =
        kinesis.describeStreamSummary(r -> r.streamName("new")).streamDescriptionSummary();
    assertThat(summary.openShardCount()).isEqualTo(3);
    assertThat(summary.streamStatusAsString()).isEqualTo("ACTIVE");
    assertThat(summary.retentionPeriodHours()).isEqualTo(24);
    assertThat(summary.streamCreationTimestamp()).isBetween(before, Instant.now());
    var description =
        kinesis.describeStream(r -> r.streamARN(summary.streamARN())).streamDescription();
    assertThat(description.shards()).hasSize(3);
    assertThat(description.hasMoreShards()).isFalse();
    assertThat(kinesis.listStreams().streamNames()).containsExactly("new", "s");
    assertThat(kinesis.listStreams(r -> r.limit(1)).hasMoreStreams()).isTrue();
    assertThat(kinesis.listStreams(r -> r.exclusiveStartStreamName("new")).streamNames())
        .containsExactly("s");
    assertThatExceptionOfType(ResourceInUseException.class)
        .isThrownBy(() -> kinesis.createStream(r -> r.streamName("new").shardCount(1)));
    kinesis.deleteStream(r -> r.streamName("new"));
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> kinesis.describeStreamSummary(r -> r.streamName("new")));
  }

  @Test
  void changesSettingsOfAStream() {
    String arn = arn();
    kinesis.increaseStreamRetentionPeriod(r -> r.streamName("s").retentionPeriodHours(48));
    kinesis.updateStreamMode(
        r -> r.streamARN(arn).streamModeDetails(m -> m.streamMode(StreamMode.ON_DEMAND)));
    kinesis.addTagsToStream(r -> r.streamName("s").tags(Map.of("a", "b")));
    var summary = kinesis.describeStreamSummary(r -> r.streamName("s")).streamDescriptionSummary();
    assertThat(summary.retentionPeriodHours()).isEqualTo(48);
    assertThat(summary.streamModeDetails().streamMode()).isEqualTo(StreamMode.ON_DEMAND);
    assertThat(kinesis.listTagsForStream(r -> r.streamName("s")).tags().get(0).value())
        .isEqualTo("b");
    assertThat(kinesis.describeLimits().openShardCount()).isEqualTo(2);
  }

  @Test
  void givesBackWhatWasPutInOrderWithRisingSequenceNumbers() {
    List<PutRecordsRequestEntry> entries = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] data = new byte[random.nextInt(2000)];
      random.nextBytes(data);
      entries.add(entry("key-" + i, data));
    }
    PutRecordsResponse put = kinesis.putRecords(r -> r.streamName("s").records(entries));
    assertThat(put.failedRecordCount()).isZero();
    List<Record> read = new ArrayList<>();
    for (Shard shard : shards()) {
      List<Record> records = readAll(shard.shardId());
      BigInteger last = new BigInteger(shard.sequenceNumberRange().startingSequenceNumber());
      for (Record record : records) {
        BigInteger number = new BigInteger(record.sequenceNumber());
        assertThat(record.sequenceNumber()).hasSize(56);
        assertThat(number).isGreaterThan(last);
        last = number;
      }
      read.addAll(records);
    }
    assertThat(read).hasSize(500);
    for (Record record : read) {
      int i = Integer.parseInt(record.partitionKey().substring(4));
      assertThat(record.data()).isEqualTo(entries.get(i).data());
      assertThat(record.sequenceNumber()).isEqualTo(put.records().get(i).sequenceNumber());
      assertThat(record.approximateArrivalTimestamp())
          .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
    }
  }

  @Test
  void putsByExplicitHashKeyAndByMd5OfThePartitionKey() {
    String low = kinesis.putRecord(r -> put(r, "k").explicitHashKey("0")).shardId();
    String high =
        kinesis.putRecord(r -> put(r, "k").explicitHashKey(HashRange.MAX.toString())).shardId();
    assertThat(low).isEqualTo("shardId-000000000000");
    assertThat(high).isEqualTo("shardId-000000000001");
    // MD5("a") begins with 0x0c, MD5("b") with 0x92.
    assertThat(kinesis.putRecord(r -> put(r, "a")).shardId()).isEqualTo(low);
    assertThat(kinesis.putRecord(r -> put(r, "b")).shardId()).isEqualTo(high);
  }

  @Test
  void startsIteratorsAtAllFiveTypes() throws InterruptedException {
    String shard = "shardId-000000000000";
    String first = kinesis.putRecord(r -> put(r, "one").explicitHashKey("0")).sequenceNumber();
    Instant arrival = readAll(shard).get(0).approximateArrivalTimestamp();
    while (!Instant.now().isAfter(arrival.plusMillis(2))) {
      Thread.onSpinWait();
    }
    String latest = iterator(shard, r -> r.shardIteratorType(ShardIteratorType.LATEST));
    String second = kinesis.putRecord(r -> put(r, "two").explicitHashKey("0")).sequenceNumber();
    Instant later = readAll(shard).get(1).approximateArrivalTimestamp();

    assertThat(keys(latest)).containsExactly("two");
    assertThat(keys(iterator(shard, r -> r.shardIteratorType(ShardIteratorType.TRIM_HORIZON))))
        .containsExactly("one", "two");
    assertThat(keys(at(shard, ShardIteratorType.AT_SEQUENCE_NUMBER, second)))
        .containsExactly("two");
    assertThat(keys(at(shard, ShardIteratorType.AFTER_SEQUENCE_NUMBER, first)))
        .containsExactly("two");
    assertThat(keys(at(shard, ShardIteratorType.AFTER_SEQUENCE_NUMBER, second))).isEmpty();
    assertThat(keys(iterator(shard, r -> timestamp(r, arrival)))).containsExactly("one", "two");
    assertThat(keys(iterator(shard, r -> timestamp(r, later)))).containsExactly("two");
    String starting = shards().get(0).sequenceNumberRange().startingSequenceNumber();
    assertThat(keys(at(shard, ShardIteratorType.AT_SEQUENCE_NUMBER, starting)))
        .containsExactly("one", "two");
    assertThatExceptionOfType(InvalidArgumentException.class)
        .isThrownBy(() -> at("shardId-000000000001", ShardIteratorType.AT_SEQUENCE_NUMBER, first));
    assertThatExceptionOfType(InvalidArgumentException.class)
        .isThrownBy(() -> kinesis.getRecords(r -> r.shardIterator("nonsense")));
  }

  @Test
  void refusesWhatTheServiceRefuses() {
    refuses("ValidationException", r -> r.records(copies(501, entry("k", new byte[1]))));
    refuses("ValidationException", r -> r.records(entry("k", new byte[1 << 20])));
    refuses("ValidationException", r -> r.records(entry("", new byte[1])));
    refuses("ValidationException", r -> r.records(entry("k".repeat(257), new byte[1])));
    refuses(
        "InvalidArgumentException", r -> r.records(copies(11, entry("k", new byte[1_000_000]))));
    refuses("ResourceNotFoundException", r -> r.streamName("t").records(entry("k", new byte[1])));
    refuses(
        "InvalidArgumentException",
        r ->
            r.records(entry("k", new byte[1]).toBuilder().explicitHashKey("9".repeat(39)).build()));
    kinesis.putRecords(r -> r.streamName("s").records(entry("k", new byte[(1 << 20) - 1])));
    kinesis.putRecords(r -> r.streamName("s").records(copies(10, entry("k", new byte[1_048_575]))));
    assertThat(stream.counters().acceptedRecords()).isEqualTo(11);
  }

  @Test
  void splitsAndMergesAndReadersFollowTheChildren() {
    kinesis.putRecord(r -> put(r, "before").explicitHashKey("0"));
    kinesis.splitShard(
        r -> r.streamName("s").shardToSplit("shardId-000000000000").newStartingHashKey("1000"));
    List<Shard> shards = shards();
    assertThat(shards).hasSize(4);
    assertThat(shards.get(0).sequenceNumberRange().endingSequenceNumber()).isNotNull();
    assertThat(shards.get(2).parentShardId()).isEqualTo("shardId-000000000000");
    assertThat(shards.get(2).hashKeyRange().endingHashKey()).isEqualTo("999");
    GetRecordsResponse end =
        kinesis.getRecords(r -> r.shardIterator(trimHorizon("shardId-000000000000")));
    assertThat(end.records()).hasSize(1);
    assertThat(end.nextShardIterator()).isNull();
    assertThat(end.childShards()).hasSize(2);
    assertThat(end.childShards().get(0).parentShards()).containsExactly("shardId-000000000000");

    String after = kinesis.putRecord(r -> put(r, "after").explicitHashKey("0")).sequenceNumber();
    assertThat(new BigInteger(after))
        .isGreaterThan(new BigInteger(shards.get(0).sequenceNumberRange().endingSequenceNumber()));

    kinesis.mergeShards(
        r ->
            r.streamName("s")
                .shardToMerge("shardId-000000000003")
                .adjacentShardToMerge("shardId-000000000001"));
    Shard merged = shards().get(4);
    assertThat(merged.parentShardId()).isEqualTo("shardId-000000000003");
    assertThat(merged.adjacentParentShardId()).isEqualTo("shardId-000000000001");
    assertThat(merged.hashKeyRange().startingHashKey()).isEqualTo("1000");
    assertThatExceptionOfType(InvalidArgumentException.class)
        .isThrownBy(
            () ->
                kinesis.splitShard(
                    r ->
                        r.streamName("s")
                            .shardToSplit("shardId-000000000000")
                            .newStartingHashKey("5")));
  }

  @Test
  void scalesToAnyNumberWithEqualRanges() {
    for (int target : new int[] {4, 8, 4, 2, 3, 6, 5}) {
      kinesis.updateShardCount(
          r -> r.streamName("s").targetShardCount(target).scalingType(ScalingType.UNIFORM_SCALING));
      List<Shard> open =
          kinesis
              .listShards(
                  r -> r.streamName("s").shardFilter(f -> f.type(ShardFilterType.AT_LATEST)))
              .shards();
      assertThat(open).hasSize(target);
      assertThat(
              open.stream()
                  .map(s -> new BigInteger(s.hashKeyRange().startingHashKey()))
                  .sorted()
                  .toList())
          .isEqualTo(HashRange.uniform(target).stream().map(HashRange::from).toList());
    }
    assertThatExceptionOfType(InvalidArgumentException.class)
        .isThrownBy(
            () ->
                kinesis.updateShardCount(
                    r ->
                        r.streamName("s")
                            .targetShardCount(11)
                            .scalingType(ScalingType.UNIFORM_SCALING)));
  }

  @Test
  void listsShardsByFilterAndByPage() {
    kinesis.splitShard(
        r -> r.streamName("s").shardToSplit("shardId-000000000000").newStartingHashKey("9"));
    assertThat(ids(ShardFilterType.AT_TRIM_HORIZON)).containsExactly(0, 1);
    assertThat(ids(ShardFilterType.AT_LATEST)).containsExactly(1, 2, 3);
    assertThat(ids(ShardFilterType.FROM_TRIM_HORIZON)).containsExactly(0, 1, 2, 3);
    var page = kinesis.listShards(r -> r.streamName("s").maxResults(3));
    assertThat(page.shards()).hasSize(3);
    assertThat(kinesis.listShards(r -> r.nextToken(page.nextToken())).shards()).hasSize(1);
    assertThat(
            kinesis
                .listShards(r -> r.streamName("s").exclusiveStartShardId("shardId-000000000002"))
                .shards())
        .hasSize(1);
  }

  @Test
  void faultsReachTheClientAsTheServicesErrors() {
    for (Refusal refusal : Refusal.values()) {
      stream.faults().refuse(refusal);
      assertThatExceptionOfType(KinesisException.class)
          .isThrownBy(() -> kinesis.putRecord(r -> put(r, "k")))
          .matches(e -> refusal.exception().type().equals(e.awsErrorDetails().errorCode()))
          .matches(e -> e.statusCode() == 400 && e.requestId() != null);
    }
    stream.faults().reset().errorRequests(1);
    assertThatExceptionOfType(KinesisException.class)
        .isThrownBy(() -> kinesis.putRecord(r -> put(r, "k")))
        .matches(e -> e.statusCode() == 500);
    stream.faults().reset().failRecords(0.2);
    PutRecordsResponse put =
        kinesis.putRecords(r -> r.streamName("s").records(copies(500, entry("k", new byte[9]))));
    assertThat(put.failedRecordCount()).isBetween(60, 140);
    assertThat(stream.counters().acceptedRecords()).isEqualTo(500 - put.failedRecordCount());
    assertThat(put.records().stream().filter(r -> "InternalFailure".equals(r.errorCode())))
        .hasSize(put.failedRecordCount());
    stream.faults().reset().poison("bad".getBytes(UTF_8));
    refuses("InvalidArgumentException", r -> r.records(entry("k", "so bad!".getBytes(UTF_8))));
    kinesis.putRecord(r -> put(r, "k"));
  }

  private void refuses(String error, Consumer<PutRecordsRequest.Builder> request) {
    assertThatExceptionOfType(KinesisException.class)
        .isThrownBy(() -> kinesis.putRecords(r -> request.accept(r.streamName("s"))))
        .matches(e -> error.equals(e.awsErrorDetails().errorCode()), error);
  }

  private static PutRecordRequest.Builder put(PutRecordRequest.Builder r, String key) {
    return r.streamName("s").partitionKey(key).data(data("data of " + key));
  }

  private static SdkBytes data(String text) {
    return SdkBytes.fromUtf8String(text);
  }

  private static PutRecordsRequestEntry entry(String key, byte[] data) {
    return PutRecordsRequestEntry.builder()
        .partitionKey(key)
        .data(SdkBytes.fromByteArrayUnsafe(data))
        .build();
  }

  private static List<PutRecordsRequestEntry> copies(int count, PutRecordsRequestEntry entry) {
    return Collections.nCopies(count, entry);
  }

  private static void timestamp(GetShardIteratorRequest.Builder request, Instant time) {
    request.shardIteratorType(ShardIteratorType.AT_TIMESTAMP).timestamp(time);
  }

  private String arn() {
    return kinesis
        .describeStreamSummary(r -> r.streamName("s"))
        .streamDescriptionSummary()
        .streamARN();
  }

  private List<Integer> ids(ShardFilterType type) {
    return kinesis
        .listShards(r -> r.streamName("s").shardFilter(f -> f.type(type)))
        .shards()
        .stream()
        .map(s -> Integer.parseInt(s.shardId().substring(8)))
        .toList();
  }

  private List<Shard> shards() {
    return kinesis.listShards(r -> r.streamName("s")).shards();
  }

  private String trimHorizon(String shard) {
    return iterator(shard, r -> r.shardIteratorType(ShardIteratorType.TRIM_HORIZON));
  }

  private String at(String shard, ShardIteratorType type, String sequence) {
    return iterator(shard, r -> r.shardIteratorType(type).startingSequenceNumber(sequence));
  }

  private String iterator(String shard, Consumer<GetShardIteratorRequest.Builder> request) {
    return kinesis
        .getShardIterator(r -> request.accept(r.streamName("s").shardId(shard)))
        .shardIterator();
  }

  private List<String> keys(String iterator) {
    return kinesis.getRecords(r -> r.shardIterator(iterator)).records().stream()
        .map(Record::partitionKey)
        .toList();
  }

  private List<Record> readAll(String shard) {
    List<Record> records = new ArrayList<>();
    String iterator = trimHorizon(shard);
    while (true) {
      String from = iterator;
      GetRecordsResponse page = kinesis.getRecords(r -> r.shardIterator(from).limit(100));
      records.addAll(page.records());
      if (page.records().isEmpty()) {
        assertThat(page.millisBehindLatest()).isZero();
        return records;
      }
      iterator = page.nextShardIterator();
    }
  }
}
