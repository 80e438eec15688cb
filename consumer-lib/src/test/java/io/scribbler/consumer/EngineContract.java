package io.scribbler.consumer;

import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** What every engine does, shown with a real stream over HTTP. */
abstract class EngineContract extends EngineBehaviour {
  static final Duration SOON = Duration.ofSeconds(60);

  abstract URI endpoint();

  abstract KinesisClient client();

  @Override
  ConsumerBuilder configure(ConsumerBuilder builder) {
    return builder
        .region("us-east-1")
        .endpoint(endpoint())
        .credentials(() -> AwsBasicCredentials.create("a", "b"));
  }

  @Override
  void put(String stream, double part, byte[] record) {
    Streams.put(client(), stream, part, record);
  }

  private List<Shard> open(String stream) {
    return Streams.openShards(client(), stream).stream()
        .sorted(Comparator.comparing(s -> new BigInteger(s.hashKeyRange().startingHashKey())))
        .toList();
  }

  boolean isActive(String stream) {
    return client()
            .describeStreamSummary(r -> r.streamName(stream))
            .streamDescriptionSummary()
            .streamStatus()
        == StreamStatus.ACTIVE;
  }

  private Shard shard(String stream, String shardId) {
    return open(stream).stream().filter(s -> s.shardId().equals(shardId)).findFirst().orElseThrow();
  }

  @Override
  List<String> openShards(String stream) {
    return isActive(stream) ? open(stream).stream().map(Shard::shardId).toList() : List.of();
  }

  @Override
  void split(String stream, String shardId) {
    Streams.split(client(), stream, shard(stream, shardId));
  }

  @Override
  void merge(String stream, String left, String right) {
    Streams.merge(client(), stream, shard(stream, left), shard(stream, right));
  }

  /** Stand-ins are not exact about which shards were open when, once there are several. */
  @Override
  void begun(Consumer consumer) {
    eventually(() -> consumer.health().shards().size() == 1);
  }

  @Override
  void eventually(BooleanSupplier condition) {
    await().atMost(SOON).until(condition::getAsBoolean);
  }

  @Override
  void lasting(BooleanSupplier condition) {
    await().during(Duration.ofSeconds(2)).atMost(SOON).until(condition::getAsBoolean);
  }

  @Override
  void pass(Duration time) {
    Instant passed = Instant.now().plus(time);
    await().atMost(SOON).until(() -> Instant.now().isAfter(passed));
  }
}
