package io.scribbler.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.Streams;
import io.scribbler.consumer.kcl.Crash;
import io.scribbler.consumer.kcl.KclEngine;
import io.scribbler.consumer.kcl.KclSettings;
import io.scribbler.consumer.kcl.KclTiming;
import io.scribbler.e2e.Dynalite;
import io.scribbler.e2e.KinesisLocal;
import io.scribbler.record.Codec;
import java.lang.Thread.State;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** What several processes of an application do together, each as a consumer of its own here. */
final class KclIT {
  private static final Logger log = LoggerFactory.getLogger(KclIT.class);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static KinesisLocal kinesis;
  private static Dynalite dynalite;
  private static KinesisClient client;
  @TempDir private static Path directory;

  private final String stream = "kcl-" + NAMES.incrementAndGet();
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private final List<Consumer> consumers = new ArrayList<>();
  private int sequence;

  @BeforeAll
  static void startStandIns() throws Exception {
    kinesis = KinesisLocal.start(directory, List.of("any"));
    dynalite = Dynalite.start(directory);
    client = kinesis.client();
  }

  @AfterAll
  static void stopStandIns() {
    client.close();
    kinesis.close();
    dynalite.close();
  }

  @AfterEach
  void closeConsumers() {
    consumers.forEach(Consumer::close);
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(20));
  }

  private void createStream(int shards) {
    client.createStream(r -> r.streamName(stream).shardCount(shards));
    await().until(this::isActive);
  }

  private boolean isActive() {
    return client
            .describeStreamSummary(r -> r.streamName(stream))
            .streamDescriptionSummary()
            .streamStatus()
        == StreamStatus.ACTIVE;
  }

  private static KclEngine engine(KclTiming timing) {
    return new KclEngine(new KclSettings(null, null, dynalite.uri(), null, timing));
  }

  private ConsumerBuilder consumer(KclEngine engine) {
    return unhandled(engine).onMessage(m -> handled.add(m.text()));
  }

  private ConsumerBuilder unhandled(KclEngine engine) {
    return Consumer.builder().application("app-" + stream).stream(stream)
        .region("us-east-1")
        .endpoint(kinesis.uri())
        .credentials(() -> AwsBasicCredentials.create("a", "b"))
        .startAt(StartPosition.oldest())
        .pollInterval(Duration.ofMillis(200))
        .checkpointInterval(Duration.ofMillis(200))
        .engine(engine);
  }

  private Consumer start(ConsumerBuilder builder) {
    Consumer consumer = builder.build();
    consumers.add(consumer);
    consumer.start();
    return consumer;
  }

  private Consumer start() {
    return start(consumer(engine(KclTiming.TEST)));
  }

  /** A record of ten messages. */
  private List<String> put(double part) {
    int first = sequence;
    sequence += 10;
    List<String> messages = IntStream.range(0, 10).mapToObj(i -> "text-" + (first + i)).toList();
    Streams.put(
        client, stream, part, Streams.record(Streams.block(Codec.ZSTD, "t", first, messages)));
    return messages;
  }

  /** A record into each quarter of the hash keys. */
  private List<String> putAll() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.addAll(put(0.1 + 0.25 * i));
    }
    return all;
  }

  private void awaitHandled(List<String> wanted) {
    await().until(() -> handled.containsAll(wanted));
  }

  private static int shards(Consumer consumer) {
    return consumer.health().shards().size();
  }

  private Duration time(String what, Runnable step) {
    long began = System.nanoTime();
    step.run();
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    log.warn("{}: {} ms", what, took.toMillis());
    return took;
  }

  @Test
  void everyStopEndsKclsThreadAndGivesTheLeaseBack() throws InterruptedException {
    createStream(1);
    String table = "app-" + stream;
    try (DynamoDbClient dynamoDb = dynalite.client()) {
      for (int round = 0; round < 10; round++) {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        put(0.5);
        Consumer consumer =
            start(
                unhandled(engine(KclTiming.TEST))
                    .onMessage(
                        m -> {
                          begun.countDown();
                          go.await();
                        }));
        begun.await();
        Thread close = new Thread(consumer::close);
        close.start();
        // The handler is still busy when the engine's thread has nothing to do but to wait for it.
        await().until(() -> thread("scribbler-engine-" + stream).getState() == State.WAITING);
        go.countDown();
        close.join();
        assertThat(names()).doesNotContain("scribbler-kcl-" + table);
        Map<String, AttributeValue> key =
            Map.of("leaseKey", AttributeValue.fromS("shardId-000000000000"));
        assertThat(dynamoDb.getItem(r -> r.tableName(table).key(key)).item())
            .containsKey("checkpoint")
            .doesNotContainKey("leaseOwner");
      }
    }
  }

  private static List<String> names() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
  }

  private static Thread thread(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void firstRecordSoonOnAFreshTableAndAfterARestart() {
    createStream(2);
    List<String> first = putAll();
    Consumer consumer = consumer(engine(KclTiming.TEST)).build();
    consumers.add(consumer);
    Duration fresh =
        time(
            "fresh table",
            () -> {
              consumer.start();
              awaitHandled(first);
            });
    time("close", consumer::close);
    List<String> second = putAll();
    Consumer next = consumer(engine(KclTiming.TEST)).build();
    consumers.add(next);
    Duration restart =
        time(
            "restart",
            () -> {
              next.start();
              awaitHandled(second);
            });
    assertThat(fresh).isLessThan(Duration.ofSeconds(5));
    assertThat(restart).isLessThan(Duration.ofSeconds(3));
    assertThat(handled).doesNotHaveDuplicates();
  }

  @Test
  void plannedHandOverBothWays() {
    assertThat(handOver(KclTiming.TEST)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void plannedHandOverWithSettingsOfProduction() {
    assertThat(handOver(KclTiming.PRODUCTION)).isLessThan(Duration.ofSeconds(10));
  }

  /** The longer of the two: to a process that comes, and from one that goes. */
  private Duration handOver(KclTiming timing) {
    createStream(2);
    Consumer one = start(consumer(engine(timing)));
    awaitHandled(putAll());
    Consumer other = start(consumer(engine(timing)));
    Duration shared =
        time(
            timing + " share of a new process",
            () -> await().until(() -> shards(one) == 1 && shards(other) == 1));
    awaitHandled(putAll());
    List<String> last = putAll();
    Duration left =
        time(
            timing + " planned stop",
            () -> {
              one.close();
              await().until(() -> shards(other) == 2);
              awaitHandled(last);
            });
    awaitHandled(putAll());
    assertThat(handled).doesNotHaveDuplicates();
    return shared.compareTo(left) > 0 ? shared : left;
  }

  @Test
  void oneOfTwoThatShareFourShardsIsKilled() {
    createStream(4);
    KclEngine doomed = engine(KclTiming.TEST);
    Consumer one = start(consumer(doomed));
    awaitHandled(putAll());
    Consumer other = start();
    await().until(() -> shards(one) == 2 && shards(other) == 2);
    awaitHandled(putAll());
    Crash.of(doomed);
    List<String> after = putAll();
    time(
        "a killed one's shards are taken over",
        () -> {
          await().until(() -> shards(other) == 4);
          awaitHandled(after);
        });
    await().until(() -> shards(one) == 0);
  }

  @Test
  void aSplitAndAMergeUnderLoadSkipNothing() {
    createStream(2);
    start();
    start();
    List<String> all = new ArrayList<>(putAll());
    awaitHandled(all);
    Streams.split(client, stream, Streams.openShards(client, stream).get(0));
    all.addAll(putWhile(3));
    List<Shard> open = Streams.openShards(client, stream);
    Shard right = open.get(0);
    List<Shard> halves = open.subList(1, 3);
    assertThat(right.hashKeyRange().startingHashKey()).isNotEqualTo("0");
    Streams.merge(client, stream, halves.get(0), halves.get(1));
    all.addAll(putWhile(2));
    all.addAll(putAll());
    awaitHandled(all);
    assertThat(handled).doesNotHaveDuplicates();
  }

  /** Puts until the stream has so many open shards, and is at rest. */
  private List<String> putWhile(int openShards) {
    List<String> all = new ArrayList<>();
    await()
        .ignoreExceptions()
        .until(
            () -> {
              all.addAll(putAll());
              return isActive() && Streams.openShards(client, stream).size() == openShards;
            });
    return all;
  }

  @Test
  void aPauseIsSeenByTheOther() {
    createStream(2);
    Consumer one = start();
    awaitHandled(putAll());
    Consumer other = start();
    await().until(() -> shards(one) == 1 && shards(other) == 1);
    one.pause();
    await().until(() -> other.health().state() == ConsumerHealth.State.PAUSED);
    int before = handled.size();
    List<String> held = putAll();
    await().during(Duration.ofSeconds(1)).until(() -> handled.size() == before);
    other.resume();
    awaitHandled(held);
    assertThat(handled).doesNotHaveDuplicates();
  }

  @Test
  void pushedRecordsAndAStopInTheMiddle() {
    createStream(2);
    List<String> first = putAll();
    Consumer consumer = start(consumer(engine(KclTiming.TEST)).retrieval(Retrieval.FAN_OUT));
    time("fan-out, fresh table", () -> awaitHandled(first));
    List<String> second = putAll();
    time("fan-out, a record more", () -> awaitHandled(second));
    consumer.close();
    List<String> third = putAll();
    start(consumer(engine(KclTiming.TEST)).retrieval(Retrieval.FAN_OUT));
    time("fan-out, restart", () -> awaitHandled(third));
    assertThat(handled).doesNotHaveDuplicates();
  }

  @Test
  void readingGoesOnWhenKclHasEnded() throws Exception {
    createStream(2);
    KclEngine engine = engine(KclTiming.TEST);
    Consumer consumer = start(consumer(engine));
    awaitHandled(putAll());
    Crash.ofScheduler(engine);
    awaitHandled(putAll());
    assertThat(consumer.health().troubles()).allSatisfy(t -> assertThat(t).contains("KCL"));
  }

  @Test
  void anErrorOfTheHandlerIsTriedAgain() {
    createStream(1);
    AtomicBoolean thrown = new AtomicBoolean();
    start(
        Consumer.builder().application("app-" + stream).stream(stream)
            .region("us-east-1")
            .endpoint(kinesis.uri())
            .credentials(() -> AwsBasicCredentials.create("a", "b"))
            .startAt(StartPosition.oldest())
            .engine(engine(KclTiming.TEST))
            .onMessage(
                m -> {
                  if (!thrown.getAndSet(true)) {
                    throw new AssertionError("of the handler");
                  }
                  handled.add(m.text());
                }));
    List<String> all = put(0.5);
    awaitHandled(all);
    assertThat(handled).containsExactlyElementsOf(all);
  }

  @Test
  void aSlowHandlerKeepsItsShardAndAClosingOneLetsGo() {
    createStream(1);
    CountDownLatch go = new CountDownLatch(1);
    Consumer slow =
        start(
            Consumer.builder().application("app-" + stream).stream(stream)
                .region("us-east-1")
                .endpoint(kinesis.uri())
                .credentials(() -> AwsBasicCredentials.create("a", "b"))
                .startAt(StartPosition.oldest())
                .closeTimeout(Duration.ofSeconds(1))
                .engine(engine(KclTiming.TEST))
                .onMessage(m -> go.await()));
    List<String> all = put(0.5);
    await().until(() -> shards(slow) == 1);
    Consumer other = start();
    // Three times the time after which a dead one's lease is taken.
    await().during(Duration.ofSeconds(3)).until(() -> shards(slow) == 1 && shards(other) == 0);
    slow.close();
    awaitHandled(all);
    go.countDown();
  }

  @Test
  void aDeletedStreamIsNotTakenForItsEnd() {
    createStream(1);
    Consumer consumer = start();
    awaitHandled(put(0.5));
    client.deleteStream(r -> r.streamName(stream).enforceConsumerDeletion(true));
    await().until(() -> consumer.health().state() == ConsumerHealth.State.FAILED);
    assertThat(consumer.health().troubles()).anyMatch(t -> t.contains("was deleted"));
    assertThat(row("shardId-000000000000").get("checkpoint").s()).isNotEqualTo("SHARD_END");
  }

  @Test
  void aShardThatIsGoneBeforeItsEndStopsTheConsumer() {
    createStream(1);
    leaseOfAShardThatIsGone();
    Consumer next = start();
    await().until(() -> next.health().state() == ConsumerHealth.State.FAILED);
    assertThat(next.health().troubles()).anyMatch(t -> t.contains("no longer in the stream"));
    assertThat(row("shardId-000000000099").get("checkpoint").s()).isNotEqualTo("SHARD_END");
  }

  @Test
  void aShardThatIsGoneIsCountedIfThatIsChosen() {
    createStream(1);
    leaseOfAShardThatIsGone();
    Consumer next = start(consumer(engine(KclTiming.TEST)).gaps(GapPolicy.CONTINUE));
    await().until(() -> next.counters().get(stream).gaps.sum() == 1);
    awaitHandled(put(0.5));
    await().until(() -> row("shardId-000000000099").get("checkpoint").s().equals("SHARD_END"));
    assertThat(next.health().state()).isEqualTo(ConsumerHealth.State.RUNNING);
  }

  /**
   * As after a long time without a process: the stream has let go of the shard, not of its lease.
   */
  private void leaseOfAShardThatIsGone() {
    Consumer first = start();
    awaitHandled(put(0.5));
    first.close();
    Map<String, AttributeValue> lease = new HashMap<>(row("shardId-000000000000"));
    lease.put("leaseKey", AttributeValue.fromS("shardId-000000000099"));
    try (DynamoDbClient table = dynalite.client()) {
      table.putItem(r -> r.tableName("app-" + stream).item(lease));
    }
  }

  private Map<String, AttributeValue> row(String key) {
    try (DynamoDbClient table = dynalite.client()) {
      return table
          .getItem(
              r ->
                  r.tableName("app-" + stream)
                      .consistentRead(true)
                      .key(Map.of("leaseKey", AttributeValue.fromS(key))))
          .item();
    }
  }

  @Test
  void theTableOfAnExistingKclApplicationIsTakenOver() {
    createStream(1);
    // Only its table, with the index: the stand-in can't add one later.
    Consumer first = start();
    awaitHandled(put(0.5));
    first.close();
    handled.clear();
    List<List<String>> records = new ArrayList<>();
    List<String> sequences = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<String> messages = List.of("message-" + i);
      records.add(messages);
      sequences.add(
          Streams.put(
                  client, stream, 0.5, Streams.record(Streams.block(Codec.ZSTD, "t", i, messages)))
              .sequenceNumber());
    }
    try (DynamoDbClient table = dynalite.client()) {
      table
          .scan(r -> r.tableName("app-" + stream))
          .items()
          .forEach(
              row ->
                  table.deleteItem(
                      r ->
                          r.tableName("app-" + stream)
                              .key(Map.of("leaseKey", row.get("leaseKey")))));
      // A row as KCL 2 leaves it: the record is done.
      table.putItem(
          r ->
              r.tableName("app-" + stream)
                  .item(
                      Map.of(
                          "leaseKey", AttributeValue.fromS("shardId-000000000000"),
                          "checkpoint", AttributeValue.fromS(sequences.get(1)),
                          "checkpointSubSequenceNumber", AttributeValue.fromN("0"),
                          "leaseCounter", AttributeValue.fromN("7"),
                          "ownerSwitchesSinceCheckpoint", AttributeValue.fromN("0"))));
    }
    start();
    awaitHandled(records.get(2));
    assertThat(handled).containsExactly("message-1", "message-2");
  }

  @Test
  void upToWhenEverythingIsDoneIsKeptWithTheLease() {
    createStream(1);
    Instant before = Instant.now().minusSeconds(60);
    Consumer consumer = start();
    awaitHandled(put(0.5));
    consumer.close();
    assertThat(Long.parseLong(row("shardId-000000000000").get("scribblerUpTo").n()))
        .isBetween(before.toEpochMilli(), Instant.now().toEpochMilli());
  }

  @Test
  void theSchemaRegistriesAreLeftOut() {
    assertThatThrownBy(
            () ->
                Class.forName(
                    "com.amazonaws.services.schemaregistry.common.AWSSchemaRegistryClient"))
        .isInstanceOf(ClassNotFoundException.class);
  }
}
