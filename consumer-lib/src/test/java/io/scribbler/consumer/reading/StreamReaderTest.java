package io.scribbler.consumer.reading;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.local.Refusal;
import io.scribbler.net.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** The reader with the real SDK against the embedded stream. */
final class StreamReaderTest {
  private static final String STREAM = "events";
  private static final Duration FAST = Duration.ofMillis(20);
  private static final Duration IDLE = Duration.ofMillis(200);
  private static final Duration SOON = Duration.ofSeconds(30);

  private LocalStream local;
  private KinesisClient client;

  /** What was read: "shard data", in the order of handing over. */
  private final List<String> read = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() {
    local = LocalStream.start(LocalOptions.defaults());
    client = Streams.client(local);
  }

  @AfterEach
  void stop() {
    client.close();
    local.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16})
  void readsAllFromTheOldestOn(int shards) throws InterruptedException {
    create(shards);
    List<String> put = putNumbers(0, 300);
    readUntilIdle(settings(StartPosition.oldest()));
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
    assertThatEachShardIsInOrder();
  }

  @Test
  void fromNowLeavesOutWhatWasThere() throws InterruptedException {
    create(4);
    putNumbers(0, 50);
    try (StreamReader reader = start(settings(StartPosition.newest()))) {
      awaitIdle(reader);
      List<String> put = putNumbers(50, 100);
      await().atMost(SOON).until(() -> read.size() >= put.size());
      awaitIdle(reader);
      assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
    }
  }

  @Test
  void fromATimeAndToATime() throws InterruptedException {
    create(4);
    putNumbers(0, 40);
    Instant from = nextMillisecond();
    List<String> put = putNumbers(40, 80);
    Instant to = nextMillisecond();
    putNumbers(80, 120);
    try (StreamReader reader = start(settings(StartPosition.at(from)).withTo(to))) {
      assertThat(reader.awaitEnd(SOON)).isTrue();
    }
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  void endsByItselfAtATimeThatNothingReaches() throws InterruptedException {
    create(2);
    List<String> put = putNumbers(0, 10);
    Instant to = Instant.now().plusSeconds(1);
    try (StreamReader reader = start(settings(StartPosition.oldest()).withTo(to))) {
      assertThat(reader.awaitEnd(SOON)).isTrue();
    }
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  void followsSplitsAndMergesWhileReadingParentsFirst() throws InterruptedException {
    create(2);
    List<String> put = new ArrayList<>();
    Map<String, List<String>> parents = new HashMap<>();
    try (StreamReader reader = start(settings(StartPosition.oldest()))) {
      put.addAll(putNumbers(0, 40));
      Streams.split(client, STREAM, Streams.openShards(client, STREAM).get(0));
      awaitOpen(3);
      put.addAll(putNumbers(40, 80));
      List<Shard> open = sortedOpen();
      Streams.merge(client, STREAM, open.get(1), open.get(2));
      awaitOpen(2);
      put.addAll(putNumbers(80, 120));
      Streams.split(client, STREAM, sortedOpen().get(0));
      awaitOpen(3);
      put.addAll(putNumbers(120, 160));
      await().atMost(SOON).until(() -> read.size() >= put.size());
      awaitIdle(reader);
    }
    client
        .listShards(r -> r.streamName(STREAM))
        .shards()
        .forEach(s -> parents.put(s.shardId(), ShardInfo.of(s).parents()));
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
    assertThatEachShardIsInOrder();
    assertThatParentsComeFirst(parents);
  }

  @Test
  void readsWhatWasReshardedBeforeParentsFirst() throws InterruptedException {
    create(1);
    List<String> put = new ArrayList<>(putNumbers(0, 30));
    Streams.split(client, STREAM, sortedOpen().get(0));
    awaitOpen(2);
    put.addAll(putNumbers(30, 60));
    List<Shard> open = sortedOpen();
    Streams.merge(client, STREAM, open.get(0), open.get(1));
    awaitOpen(1);
    put.addAll(putNumbers(60, 90));
    readUntilIdle(settings(StartPosition.oldest()));
    // One shard, then two, then one: what was put before a reshard comes before what was after.
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
    assertThat(data().subList(0, 30)).isEqualTo(put.subList(0, 30));
    assertThat(data().subList(60, 90)).isEqualTo(put.subList(60, 90));
  }

  @Test
  void readsOnThroughErrorsAndClosedConnections() throws InterruptedException {
    create(4);
    List<String> put = putNumbers(0, 200);
    local.faults().errorRequests(0.2).dropAfterApplying(0.1);
    try (StreamReader reader = start(settings(StartPosition.oldest()))) {
      // Each failure in a row doubles the wait, up to ten seconds.
      await().atMost(SOON.multipliedBy(3)).until(() -> read.size() >= put.size());
      local.faults().reset();
      awaitIdle(reader);
    }
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  void anExpiredIteratorLosesAndRepeatsNothing() throws InterruptedException {
    create(4);
    List<String> put = new ArrayList<>(putNumbers(0, 100));
    ExpiringIterators expiring = new ExpiringIterators(client);
    ReaderSettings settings = settings(StartPosition.oldest());
    try (StreamReader reader = StreamReader.start(expiring, settings, this::take)) {
      await().atMost(SOON).until(() -> read.size() >= 100);
      put.addAll(putNumbers(100, 200));
      await().atMost(SOON).until(() -> read.size() >= put.size());
      awaitIdle(reader);
    }
    assertThat(expiring.expired()).isPositive();
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  void readsAThrottledStreamSlowerButWhole() throws InterruptedException {
    client.close();
    local.close();
    local = LocalStream.start(LocalOptions.defaults().withThrottle());
    client = Streams.client(local);
    create(2);
    List<String> put = putNumbers(0, 100);
    try (StreamReader reader = start(settings(StartPosition.oldest()))) {
      await().atMost(SOON).until(() -> read.size() >= put.size());
      List<String> more = putNumbers(100, 120);
      await().atMost(SOON).until(() -> read.size() >= put.size() + more.size());
      awaitIdle(reader);
      assertThat(data()).hasSize(120).doesNotHaveDuplicates().containsAll(put).containsAll(more);
    }
  }

  @Test
  void waitsForAMissingStreamAndThenReadsAllOfIt() throws InterruptedException {
    try (StreamReader reader = start(settings(StartPosition.newest()))) {
      assertThat(reader.awaitEnd(Duration.ofMillis(500))).isFalse();
      create(2);
      List<String> put = putNumbers(0, 20);
      await().atMost(SOON).until(() -> read.size() >= put.size());
      assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
    }
  }

  @Test
  void readsAStreamThatWasMadeAnew() throws InterruptedException {
    create(2);
    putNumbers(0, 20);
    try (StreamReader reader = start(settings(StartPosition.newest()))) {
      awaitIdle(reader);
      client.deleteStream(r -> r.streamName(STREAM));
      await().atMost(SOON).until(() -> reader.shardCount() == 0);
      create(2);
      List<String> put = putNumbers(20, 40);
      await().atMost(SOON).until(() -> read.size() >= put.size());
      awaitIdle(reader);
      assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
    }
  }

  @Test
  void failsFastOnlyWhenAsked() {
    StreamReader reader = start(settings(StartPosition.oldest()).withFailFast(true));
    assertThatThrownBy(() -> reader.awaitEnd(SOON))
        .isInstanceOf(StreamException.class)
        .hasMessageContaining("the stream is missing; create it");
    reader.close();
    create(1);
    local.faults().refuse(Refusal.EXPIRED_TOKEN);
    StreamReader refused = start(settings(StartPosition.oldest()).withFailFast(true));
    assertThatThrownBy(() -> refused.awaitEnd(SOON))
        .isInstanceOf(StreamException.class)
        .hasMessageContaining("the AWS credentials are refused");
    refused.close();
  }

  @Test
  void goesOnWhenRefusedCredentialsAreMended() throws InterruptedException {
    create(2);
    List<String> put = putNumbers(0, 20);
    local.faults().refuse(Refusal.ACCESS_DENIED);
    try (StreamReader reader = start(settings(StartPosition.oldest()))) {
      assertThat(reader.awaitEnd(Duration.ofMillis(500))).isFalse();
      assertThat(read).isEmpty();
      local.faults().reset();
      await().atMost(SOON).until(() -> read.size() >= put.size());
      awaitIdle(reader);
    }
    assertThat(data()).containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  void whatTheHandlerThrowsEndsTheReading() {
    create(1);
    putNumbers(0, 1);
    StreamReader reader =
        StreamReader.start(
            client,
            settings(StartPosition.oldest()),
            batch -> {
              throw new IllegalStateException("handler");
            });
    assertThatThrownBy(() -> reader.awaitEnd(SOON)).hasMessage("handler");
    reader.close();
  }

  @Test
  void anInterruptOfAReadingThreadIsSaidAndEndsNothingSilently() {
    create(1);
    putNumbers(0, 1);
    StreamReader reader =
        StreamReader.start(
            client, settings(StartPosition.oldest()), batch -> Thread.currentThread().interrupt());
    assertThatThrownBy(() -> reader.awaitEnd(SOON))
        .isInstanceOf(StreamException.class)
        .hasMessageContaining("interrupted");
    reader.close();
  }

  @Test
  void noMoreRecordsAreReadAtOnceThanTheHandlerAllowsAndEachReadIsSaidToBeOver() throws Exception {
    create(1);
    List<String> put = putNumbers(0, 20);
    Bounded bounded = new Bounded();
    try (StreamReader reader =
        StreamReader.start(client, settings(StartPosition.oldest()), bounded)) {
      await().atMost(SOON).until(() -> read.size() >= put.size());
      awaitIdle(reader);
    }
    assertThat(data()).isEqualTo(put);
    assertThat(bounded.sizes).hasSize(7).allMatch(size -> size <= 3);
    assertThat(bounded.open).isZero();
    assertThat(bounded.overlapped).isFalse();
  }

  /** Allows three records at a time. */
  private final class Bounded implements RecordHandler {
    private final List<Integer> sizes = new CopyOnWriteArrayList<>();
    private volatile int open;
    private volatile boolean overlapped;

    @Override
    public int mostRecords(String shardId) {
      overlapped |= open != 0;
      open = 1;
      return 3;
    }

    @Override
    public void wasRead(String shardId) {
      overlapped |= open != 1;
      open = 0;
    }

    @Override
    public void handle(ShardBatch batch) {
      sizes.add(batch.records().size());
      take(batch);
    }
  }

  private ReaderSettings settings(StartPosition from) {
    return ReaderSettings.of(StreamName.parse(STREAM), from)
        .withIntervals(FAST, FAST)
        .withThreads(4);
  }

  private StreamReader start(ReaderSettings settings) {
    return StreamReader.start(client, settings, this::take);
  }

  private void take(ShardBatch batch) {
    for (StreamRecord record : batch.records()) {
      read.add(batch.shardId() + " " + new String(record.data(), UTF_8));
    }
  }

  private void readUntilIdle(ReaderSettings settings) throws InterruptedException {
    try (StreamReader reader = start(settings)) {
      awaitIdle(reader);
    }
  }

  private static void awaitIdle(StreamReader reader) {
    await().atMost(SOON).pollInterval(FAST).until(() -> reader.idleFor(IDLE));
  }

  private void create(int shards) {
    client.createStream(r -> r.streamName(STREAM).shardCount(shards));
    awaitOpen(shards);
  }

  private void awaitOpen(int shards) {
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(
            () ->
                Streams.openShards(client, STREAM).size() == shards
                    && client
                        .describeStreamSummary(r -> r.streamName(STREAM))
                        .streamDescriptionSummary()
                        .streamStatusAsString()
                        .equals("ACTIVE"));
  }

  private List<Shard> sortedOpen() {
    List<Shard> open = new ArrayList<>(Streams.openShards(client, STREAM));
    open.sort(
        (a, b) ->
            new java.math.BigInteger(a.hashKeyRange().startingHashKey())
                .compareTo(new java.math.BigInteger(b.hashKeyRange().startingHashKey())));
    return open;
  }

  /** Puts numbers, spread over the shards, and returns them. */
  private List<String> putNumbers(int from, int to) {
    Random random = new Random(from);
    List<String> put = IntStream.range(from, to).mapToObj(i -> String.format("%04d", i)).toList();
    put.forEach(number -> Streams.put(client, STREAM, random.nextDouble(), number.getBytes(UTF_8)));
    return put;
  }

  private List<String> data() {
    return read.stream().map(line -> line.substring(line.indexOf(' ') + 1)).toList();
  }

  private void assertThatEachShardIsInOrder() {
    Map<String, List<String>> byShard = new HashMap<>();
    for (String line : read) {
      int space = line.indexOf(' ');
      byShard
          .computeIfAbsent(line.substring(0, space), shard -> new ArrayList<>())
          .add(line.substring(space + 1));
    }
    byShard.forEach((shard, numbers) -> assertThat(numbers).as(shard).isSorted());
  }

  private void assertThatParentsComeFirst(Map<String, List<String>> parents) {
    List<String> order = read.stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
    parents.forEach(
        (child, of) ->
            of.forEach(
                parent -> {
                  int first = order.indexOf(child);
                  if (first >= 0) {
                    assertThat(order.lastIndexOf(parent))
                        .as(parent + " " + child)
                        .isLessThan(first);
                  }
                }));
    assertThat(Collections.max(parents.values().stream().map(List::size).toList())).isEqualTo(2);
  }

  /** A time after everything that was put so far and before what comes next. */
  private static Instant nextMillisecond() {
    long now = System.currentTimeMillis();
    await().pollInterval(Duration.ofMillis(1)).until(() -> System.currentTimeMillis() > now);
    Instant between = Instant.ofEpochMilli(System.currentTimeMillis());
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(() -> System.currentTimeMillis() > between.toEpochMilli());
    return between;
  }
}
