package io.scribbler.firehose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerHealth;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.kcl.KclEngine;
import io.scribbler.consumer.kcl.KclSettings;
import io.scribbler.e2e.Dynalite;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Codec;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.waiters.DynamoDbWaiter;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** lag, checkpoints, pause and resume with an application that has a table of KCL. */
final class CheckpointTableIT {
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final String FIRST = "shardId-000000000000";
  private static final String SECOND = "shardId-000000000001";
  private static final String STREAM = "events";
  private static final Duration SOON = Duration.ofSeconds(60);
  @TempDir private static Path directory;
  private static Dynalite dynalite;
  private static DynamoDbClient tables;

  private final String application = "etl-" + NAMES.incrementAndGet();
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private LocalStream local;
  private KinesisClient client;
  private long sequence;

  @BeforeAll
  static void startDynalite() throws Exception {
    dynalite = Dynalite.start(directory);
    tables = dynalite.client();
  }

  @AfterAll
  static void stopDynalite() {
    tables.close();
    dynalite.close();
  }

  @BeforeEach
  void start() {
    local = LocalStream.start(LocalOptions.defaults().withStream(STREAM, 2).withStream("other", 1));
    client = Streams.client(local);
  }

  @AfterEach
  void stop() {
    client.close();
    local.close();
  }

  private Consumer consumer() {
    Consumer consumer =
        Consumer.builder().application(application).stream(STREAM)
            .endpoint(local.endpoint())
            .startAt(StartPosition.oldest())
            .pollInterval(Duration.ofMillis(100))
            .checkpointInterval(Duration.ofMillis(100))
            .engine(
                new KclEngine(
                    KclSettings.forTests().withWorker("worker-1").withDynamoDb(dynalite.uri())))
            .onMessage(m -> handled.add(m.text()))
            .build();
    consumer.start();
    return consumer;
  }

  private void put(double part, String... messages) {
    Streams.put(
        client,
        STREAM,
        part,
        Streams.record(Streams.block(Codec.ZSTD, "t", sequence, List.of(messages))));
    sequence += messages.length;
  }

  private void consume(int messages) {
    handled.clear();
    try (Consumer consumer = consumer()) {
      await().atMost(SOON).until(() -> handled.size() >= messages);
      await().atMost(SOON).until(() -> consumer.health().shards().size() >= 2);
    }
    assertThat(handled).hasSize(messages);
  }

  private Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL_KINESIS",
        local.endpoint().toString(),
        "AWS_ENDPOINT_URL_DYNAMODB",
        dynalite.uri().toString());
  }

  private Tool run(String command, String... more) {
    return Tool.run(
        environment(),
        Stream.of(
                Stream.of(command.split(" ")),
                Stream.of("--application", application),
                command.matches("pause|resume")
                    ? Stream.<String>of()
                    : Stream.of("--stream", STREAM),
                Stream.of(more))
            .flatMap(part -> part)
            .toArray(String[]::new));
  }

  private Map<String, Map<String, Object>> json(String command) {
    Tool tool = run(command, "--json");
    assertThat(tool.err()).isEmpty();
    assertThat(tool.exitCode()).isZero();
    Map<String, Map<String, Object>> shards = new TreeMap<>();
    for (String line : tool.outLines()) {
      Map<String, Object> shard = Json.object(line);
      shards.put((String) shard.get("shard"), shard);
    }
    return shards;
  }

  private static long behind(Map<String, Object> shard) {
    return ((BigInteger) shard.get("behind_millis")).longValueExact();
  }

  private void split() {
    Shard first =
        Streams.openShards(client, STREAM).stream()
            .filter(s -> s.shardId().equals(FIRST))
            .findFirst()
            .orElseThrow();
    Streams.split(client, STREAM, first);
  }

  private static Instant between() {
    long now = System.currentTimeMillis();
    await().atMost(SOON).until(() -> System.currentTimeMillis() > now + 1);
    return Instant.ofEpochMilli(now + 1);
  }

  @Test
  void lagAndListingSayHowFarItCameAndWhoReads() {
    put(0.1, "a", "b");
    put(0.9, "c");
    try (Consumer consumer = consumer()) {
      await().atMost(SOON).until(() -> handled.size() == 3);
      await().atMost(SOON).until(() -> consumer.health().shards().size() == 2);
      await()
          .atMost(SOON)
          .until(() -> String.valueOf(json("lag").get(FIRST).get("committed")).endsWith("/2"));
      await()
          .atMost(SOON)
          .until(() -> String.valueOf(json("lag").get(SECOND).get("committed")).endsWith("/1"));
      Map<String, Map<String, Object>> now = json("lag");
      assertThat(now.keySet()).containsExactly(FIRST, SECOND);
      assertThat(now.get(FIRST))
          .containsEntry("state", "reading")
          .containsEntry("owner", "worker-1");
      assertThat(behind(now.get(FIRST))).isZero();
    }
    put(0.1, "d");
    assertThat(behind(json("lag").get(FIRST))).isPositive();
    assertThat(json("checkpoints ls").get(FIRST))
        .containsEntry("state", "reading")
        .doesNotContainKeys("owner", "behind_millis");
  }

  @Test
  void resetToATimeReadsAgainWhatArrivedSinceThroughAReshard() {
    put(0.1, "old");
    put(0.9, "old too");
    Instant time = between();
    put(0.1, "one");
    put(0.9, "two");
    consume(4);
    split();
    put(0.1, "three");
    consume(1);
    await().atMost(SOON).until(() -> json("checkpoints ls").containsKey("shardId-000000000002"));
    Tool reset = run("checkpoints reset", "--to", time.toString(), "--yes");
    assertThat(reset.err()).isEmpty();
    assertThat(reset.exitCode()).isZero();
    assertThat(reset.outLines().get(1)).matches("\\(start\\) +oldest +" + time);
    assertThat(reset.outLines())
        .anyMatch(l -> l.matches("shardId-000000000002 +\\d+/1 +after its parents"));
    Map<String, Map<String, Object>> now = json("checkpoints ls");
    assertThat(now.keySet()).containsExactly(FIRST, SECOND);
    assertThat(now.get(FIRST)).containsEntry("state", "not begun").doesNotContainKey("owner");
    assertThat(json("lag")).containsKey("shardId-000000000002");
    consume(3);
    assertThat(handled).containsExactlyInAnyOrder("one", "two", "three");
  }

  @Test
  void resetRefusesWhileAWorkerLivesButWithForceTheWorkerReadsAgain() {
    put(0.1, "a");
    put(0.9, "b");
    try (Consumer consumer = consumer()) {
      await().atMost(SOON).until(() -> handled.size() == 2);
      await().atMost(SOON).until(() -> consumer.health().shards().size() == 2);
      Tool refused = run("checkpoints reset", "--to", "oldest", "--yes");
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.errLines()).hasSize(1);
      assertThat(refused.err()).contains("live workers: worker-1").contains("--force");
      handled.clear();
      Tool forced = run("checkpoints reset", "--to", "oldest", "--yes", "--force");
      assertThat(forced.err()).isEmpty();
      assertThat(forced.exitCode()).isZero();
      await().atMost(SOON).until(() -> handled.containsAll(List.of("a", "b")));
      assertThat(consumer.health().troubles()).isEmpty();
    }
  }

  @Test
  void resetOfOneShardLeavesTheOthers() {
    put(0.1, "a");
    put(0.9, "b");
    Instant time = between();
    put(0.9, "c");
    consume(3);
    Tool reset = run("checkpoints reset", "--to", time.toString(), "--shard", SECOND, "--yes");
    assertThat(reset.err()).isEmpty();
    assertThat(reset.outLines().get(1)).matches(SECOND + " +\\d+/1 +" + time);
    consume(1);
    assertThat(handled).containsExactly("c");
    assertThat(run("checkpoints reset", "--to", "oldest", "--shard", SECOND, "--yes").exitCode())
        .isZero();
    consume(2);
    assertThat(handled).containsExactly("b", "c");
  }

  @Test
  void pauseHoldsARunningConsumerAndResumeLetsItGoOn() {
    put(0.1, "a");
    try (Consumer consumer = consumer()) {
      await().atMost(SOON).until(() -> handled.size() == 1);
      Tool pause = run("pause");
      assertThat(pause.err()).isEmpty();
      assertThat(pause.exitCode()).isZero();
      assertThat(pause.outLines()).containsExactly("application " + application + " is paused now");
      await().atMost(SOON).until(() -> consumer.health().state() == ConsumerHealth.State.PAUSED);
      assertThat(run("resume").outLines())
          .containsExactly("application " + application + " is resumed now");
      put(0.1, "b");
      await().atMost(SOON).until(() -> handled.size() == 2);
    }
  }

  private void createTable(String name) {
    tables.createTable(
        r ->
            r.tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(
                    AttributeDefinition.builder()
                        .attributeName("leaseKey")
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .keySchema(
                    KeySchemaElement.builder()
                        .attributeName("leaseKey")
                        .keyType(KeyType.HASH)
                        .build()));
    try (DynamoDbWaiter waiter = tables.waiter()) {
      waiter.waitUntilTableExists(r -> r.tableName(name));
    }
  }

  private void putRow(Map<String, AttributeValue> row) {
    tables.putItem(r -> r.tableName(application).item(row));
  }

  private static AttributeValue s(String text) {
    return AttributeValue.fromS(text);
  }

  private static AttributeValue n(String number) {
    return AttributeValue.fromN(number);
  }

  @Test
  void aTableOfKclAloneIsShownAndResetToOldestOnly() {
    put(0.1, "a");
    String record = Streams.put(client, STREAM, 0.1, new byte[] {'b'}).sequenceNumber();
    createTable(application);
    putRow(
        Map.of(
            "leaseKey", s(FIRST),
            "leaseCounter", n("7"),
            "leaseOwner", s("old-worker"),
            "checkpoint", s(record),
            "checkpointSubSequenceNumber", n("1"),
            "pendingCheckpoint", s(record),
            "pendingCheckpointSubSequenceNumber", n("3"),
            "scribblerUpTo", n("1795370000000"),
            "ownerSwitchesSinceCheckpoint", n("0")));
    putRow(
        Map.of(
            "leaseKey", s(SECOND),
            "leaseCounter", n("0"),
            "checkpoint", s("LATEST"),
            "ownerSwitchesSinceCheckpoint", n("0")));
    Map<String, Map<String, Object>> now = json("lag");
    assertThat(now.get(FIRST))
        .containsEntry("committed", record + "/1")
        .containsEntry("pending", record + "/3")
        .containsEntry("owner", "old-worker");
    assertThat(behind(now.get(FIRST))).isZero();
    assertThat(now.get(SECOND)).containsEntry("state", "not begun");
    for (String[] more :
        List.of(
            new String[] {"--to", "-1m", "--yes"},
            new String[] {"--to", "-1m", "--shard", FIRST, "--yes"})) {
      Tool refused = run("checkpoints reset", more);
      assertThat(refused.exitCode()).isEqualTo(2);
      assertThat(refused.errLines()).hasSize(1);
      assertThat(refused.err()).contains("consumer of this library");
    }
    assertThat(run("pause").exitCode()).isEqualTo(2);
    assertThat(json("checkpoints ls").get(FIRST)).containsEntry("committed", record + "/1");
    assertThat(run("checkpoints reset", "--to", "oldest", "--yes").exitCode()).isZero();
    Map<String, AttributeValue> row =
        tables.getItem(r -> r.tableName(application).key(Map.of("leaseKey", s(FIRST)))).item();
    assertThat(row)
        .containsEntry("checkpoint", s("TRIM_HORIZON"))
        .containsEntry("checkpointSubSequenceNumber", n("0"))
        .containsEntry("leaseCounter", n("8"))
        .doesNotContainKeys("leaseOwner", "pendingCheckpoint", "scribblerUpTo");
  }

  @Test
  void whatIsNoTableOfTheApplicationIsAUsageError() {
    Tool missing = run("lag");
    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.errLines()).hasSize(1);
    assertThat(missing.err())
        .contains("there is no table " + application + " or " + application + ".events")
        .contains("--state");
    assertThat(run("pause").err()).contains("there is no table " + application + " in DynamoDB");
    createTable(application + "." + STREAM);
    assertThat(json("lag")).isEmpty();
    put(0.1, "a");
    consume(1);
    Tool other = Tool.run(environment(), "lag", "--stream", "other", "--application", application);
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.err()).contains("keeps the progress of arn:").contains("not of other");
    putRow(Map.of("leaseKey", s("1:events:2:" + FIRST), "checkpoint", s("LATEST")));
    Tool several = run("checkpoints ls");
    assertThat(several.exitCode()).isEqualTo(2);
    assertThat(several.err()).contains("several streams");
  }

  @Test
  void aDynamoDbThatIsNotThereIsAFailureInOneLine() {
    Tool tool =
        Tool.run(
            Map.of("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
            "pause",
            "--application",
            application);
    assertThat(tool.exitCode()).isEqualTo(1);
    assertThat(tool.errLines()).hasSize(1);
    assertThat(tool.err()).contains("table " + application + ": DynamoDB: ");
  }
}
