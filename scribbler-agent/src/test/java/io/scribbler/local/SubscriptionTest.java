package io.scribbler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StartingPosition;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** SubscribeToShard with the SDK's own client, over HTTP/2 with prior knowledge and HTTP/1.1. */
class SubscriptionTest {
  private static final String CBOR = "aws.cborEnabled";
  private static final String SHARD = "shardId-000000000000";

  private static final SdkAsyncHttpClient HTTP_2 =
      NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2).build();
  private static final SdkAsyncHttpClient HTTP_1 =
      NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP1_1).build();

  private final List<SubscribeToShardEvent> events = new CopyOnWriteArrayList<>();
  private LocalStream stream;
  private KinesisClient kinesis;
  private KinesisAsyncClient async;
  private String streamArn;
  private String consumerArn;

  @BeforeEach
  void start() {
    start(Timing.SERVICE);
  }

  private void start(Timing timing) {
    stream = LocalStream.start(LocalOptions.defaults().withStream("s", 1), timing);
    kinesis = Clients.sync(stream.endpoint());
    async = Clients.async(stream.endpoint(), HTTP_2);
    streamArn =
        kinesis
            .describeStreamSummary(r -> r.streamName("s"))
            .streamDescriptionSummary()
            .streamARN();
    consumerArn =
        kinesis
            .registerStreamConsumer(r -> r.streamARN(streamArn).consumerName("c"))
            .consumer()
            .consumerARN();
  }

  @AfterEach
  void stop() {
    System.clearProperty(CBOR);
    async.close();
    kinesis.close();
    stream.close();
  }

  @AfterAll
  static void closeHttp() {
    HTTP_1.close();
    HTTP_2.close();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void pushesWhatWasPutBeforeAndAfterAndEndsWithTheShard(boolean http2, boolean cbor) {
    if (!http2) {
      async.close();
      async = Clients.async(stream.endpoint(), HTTP_1);
    }
    System.setProperty(CBOR, String.valueOf(cbor));
    put("before", 1000);
    CompletableFuture<Void> done = subscribe(p -> p.type(ShardIteratorType.TRIM_HORIZON));
    await().until(() -> records().size() == 1);
    put("after", 900_000);
    await().until(() -> records().size() == 2);
    assertThat(records().get(0).partitionKey()).isEqualTo("before");
    assertThat(records().get(1).data().asByteArrayUnsafe()).hasSize(900_000);
    assertThat(last().continuationSequenceNumber()).isEqualTo(records().get(1).sequenceNumber());
    assertThat(last().millisBehindLatest()).isZero();
    kinesis.splitShard(r -> r.streamName("s").shardToSplit(SHARD).newStartingHashKey("1000"));
    done.join();
    assertThat(last().childShards()).hasSize(2);
    assertThat(last().continuationSequenceNumber()).isNull();
  }

  @Test
  void goesOnAfterASequenceNumberThroughMegabytes() {
    for (int i = 0; i < 30; i++) {
      put("key-" + i, 500_000);
    }
    var unused = subscribe(p -> p.type(ShardIteratorType.TRIM_HORIZON));
    await().until(() -> records().size() == 30);
    String tenth = records().get(9).sequenceNumber();
    events.clear();
    String other =
        kinesis
            .registerStreamConsumer(r -> r.streamARN(streamArn).consumerName("d"))
            .consumer()
            .consumerARN();
    unused =
        subscribe(
            other, p -> p.type(ShardIteratorType.AFTER_SEQUENCE_NUMBER).sequenceNumber(tenth));
    await().until(() -> records().size() == 20);
    assertThat(records().get(0).partitionKey()).isEqualTo("key-10");
  }

  @Test
  void endsAfterItsLifeWithHeartbeatsBefore() {
    stop();
    start(
        new Timing(
            InstantSource.system(),
            Duration.ofMillis(600),
            Duration.ofMillis(100),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60)));
    subscribe(p -> p.type(ShardIteratorType.LATEST)).join();
    assertThat(events).hasSizeGreaterThan(2);
    assertThat(last().records()).isEmpty();
    assertThat(last().continuationSequenceNumber()).isNotNull();
    events.clear();
    subscribe(p -> p.type(ShardIteratorType.LATEST)).join();
    assertThat(events).isNotEmpty();
  }

  @Test
  void refusesASecondSubscriptionOfTheSameConsumerAndUnknownOnes() {
    CompletableFuture<Void> first = subscribe(p -> p.type(ShardIteratorType.LATEST));
    await().until(() -> !events.isEmpty());
    assertThatThrownBy(() -> subscribe(p -> p.type(ShardIteratorType.LATEST)).join())
        .hasCauseInstanceOf(ResourceInUseException.class);
    assertThatThrownBy(
            () -> subscribe(consumerArn + "9", p -> p.type(ShardIteratorType.LATEST)).join())
        .hasCauseInstanceOf(ResourceNotFoundException.class);
    kinesis.deregisterStreamConsumer(r -> r.consumerARN(consumerArn));
    first.join();
    assertThat(kinesis.listStreamConsumers(r -> r.streamARN(streamArn)).consumers()).isEmpty();
  }

  @Test
  void describesConsumers() {
    assertThat(
            kinesis
                .describeStreamConsumer(r -> r.streamARN(streamArn).consumerName("c"))
                .consumerDescription()
                .consumerStatusAsString())
        .isEqualTo("ACTIVE");
    assertThat(
            kinesis
                .describeStreamConsumer(r -> r.consumerARN(consumerArn))
                .consumerDescription()
                .consumerCreationTimestamp())
        .isNotNull();
    assertThat(kinesis.listStreamConsumers(r -> r.streamARN(streamArn)).consumers()).hasSize(1);
  }

  private void put(String key, int size) {
    kinesis.putRecord(
        r ->
            r.streamName("s").partitionKey(key).data(SdkBytes.fromByteArrayUnsafe(new byte[size])));
  }

  private List<Record> records() {
    return events.stream().flatMap(e -> e.records().stream()).toList();
  }

  private SubscribeToShardEvent last() {
    return events.get(events.size() - 1);
  }

  private CompletableFuture<Void> subscribe(Consumer<StartingPosition.Builder> from) {
    return subscribe(consumerArn, from);
  }

  private CompletableFuture<Void> subscribe(
      String consumer, Consumer<StartingPosition.Builder> from) {
    return async.subscribeToShard(
        r -> r.consumerARN(consumer).shardId(SHARD).startingPosition(from),
        SubscribeToShardResponseHandler.builder()
            .subscriber(
                SubscribeToShardResponseHandler.Visitor.builder()
                    .onSubscribeToShardEvent(events::add)
                    .build())
            .build());
  }
}
