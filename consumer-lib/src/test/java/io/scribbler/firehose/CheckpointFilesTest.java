package io.scribbler.firehose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.file.CheckpointFolder;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Codec;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** lag, checkpoints, pause and resume with an application that has its checkpoints in files. */
final class CheckpointFilesTest {
  private static final String STREAM = "events";
  private static final String FIRST = "shardId-000000000000";
  private static final String SECOND = "shardId-000000000001";
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path state;
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private LocalStream local;
  private KinesisClient client;
  private long sequence;

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
        Consumer.builder().application("etl").stream(STREAM)
            .endpoint(local.endpoint())
            .startAt(StartPosition.oldest())
            .pollInterval(Duration.ofMillis(50))
            .checkpointInterval(Duration.ofMillis(50))
            .state(state)
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

  /** A consumer that runs until it has handled so many messages, and these stay. */
  private void consume(int messages) {
    handled.clear();
    try (Consumer consumer = consumer()) {
      await().atMost(SOON).until(() -> handled.size() >= messages);
      assertThat(consumer.health().troubles()).isEmpty();
    }
    assertThat(handled).hasSize(messages);
  }

  private Map<String, String> environment() {
    return Map.of("AWS_ENDPOINT_URL", local.endpoint().toString());
  }

  private String[] line(String command, String... more) {
    return Stream.of(
            Stream.of(command.split(" ")),
            Stream.of("--application", "etl", "--state", state.toString()),
            command.matches("pause|resume") ? Stream.<String>of() : Stream.of("--stream", STREAM),
            Stream.of(more))
        .flatMap(part -> part)
        .toArray(String[]::new);
  }

  private Tool run(String command, String... more) {
    return Tool.run(environment(), line(command, more));
  }

  private Map<String, Map<String, Object>> json(String command) {
    Tool tool = run(command, "--json");
    assertThat(tool.err()).isEmpty();
    assertThat(tool.exitCode()).isZero();
    Map<String, Map<String, Object>> shards = new java.util.TreeMap<>();
    for (String line : tool.outLines()) {
      Map<String, Object> shard = Json.object(line);
      assertThat(shard).containsEntry("application", "etl").containsEntry("stream", STREAM);
      shards.put((String) shard.get("shard"), shard);
    }
    return shards;
  }

  private static long behind(Map<String, Object> shard) {
    return ((BigInteger) shard.get("behind_millis")).longValueExact();
  }

  @Test
  void lagIsTheAgeOfTheFirstRecordThatIsNotDone() {
    put(0.1, "a", "b");
    put(0.9, "c");
    consume(3);
    Map<String, Map<String, Object>> now = json("lag");
    assertThat(now.keySet()).containsExactly(FIRST, SECOND);
    assertThat(now.get(FIRST)).containsEntry("state", "reading").doesNotContainKey("owner");
    assertThat((String) now.get(FIRST).get("committed")).endsWith("/2");
    assertThat(behind(now.get(FIRST))).isZero();
    Instant put = Instant.now();
    put(0.1, "d");
    await().atMost(SOON).until(() -> Instant.now().isAfter(put.plusMillis(2100)));
    put(0.1, "e");
    assertThat(behind(json("lag").get(FIRST))).isBetween(1000L, 30_000L);
    assertThat(behind(json("lag").get(SECOND))).isZero();
  }

  @Test
  void aRecordThatIsHalfDoneIsLag() throws Exception {
    put(0.1, "a", "b", "c");
    consume(3);
    CheckpointFolder folder = new CheckpointFolder(state, "etl");
    Position done = folder.checkpoint(STREAM, FIRST).committed();
    assertThat(behind(json("lag").get(FIRST))).isZero();
    folder.store(
        STREAM, FIRST, committed(new Position(done.sequenceNumber(), done.messages() - 1)));
    assertThat(behind(json("lag").get(FIRST))).isPositive();
  }

  private static io.scribbler.consumer.engine.Checkpoint committed(Position position) {
    return new io.scribbler.consumer.engine.Checkpoint(
        position, new Position(position.sequenceNumber(), 9), new byte[0], null, new byte[0]);
  }

  @Test
  void lagKnowsShardsNobodyHasBegunAndFinishedOnesAndThoseThatAreGone() throws Exception {
    put(0.1, "a");
    consume(1);
    split();
    put(0.1, "b");
    Map<String, Map<String, Object>> now = json("lag");
    assertThat(now.get(FIRST)).containsEntry("state", "reading");
    assertThat(now.get(SECOND)).containsEntry("state", "not begun").doesNotContainKey("committed");
    assertThat(now.get("shardId-000000000002")).containsEntry("state", "not begun");
    assertThat(behind(now.get("shardId-000000000002"))).isPositive();
    assertThat(behind(now.get("shardId-000000000003"))).isZero();
    consume(1);
    now = json("lag");
    assertThat(now.get(FIRST))
        .containsEntry("state", "finished")
        .containsEntry("committed", "SHARD_END")
        .doesNotContainKey("behind_millis");
    CheckpointFolder folder = new CheckpointFolder(state, "etl");
    folder.store(STREAM, "shardId-000000000099", committed(new Position("1", 1)));
    folder.delete(STREAM, FIRST);
    now = json("lag");
    assertThat(now.get("shardId-000000000099")).containsEntry("state", "gone");
    assertThat(now).doesNotContainKey(FIRST);
  }

  private void split() {
    Shard first =
        Streams.openShards(client, STREAM).stream()
            .filter(s -> s.shardId().equals(FIRST))
            .findFirst()
            .orElseThrow();
    Streams.split(client, STREAM, first);
  }

  @Test
  void tablesAreAlignedAndSayWhoHasTheFiles() throws Exception {
    put(0.1, "a");
    consume(1);
    CheckpointFolder folder = new CheckpointFolder(state, "etl");
    folder.store(STREAM, SECOND, committed(new Position("17", 3)));
    Tool idle = run("checkpoints ls");
    assertThat(idle.exitCode()).isZero();
    assertThat(idle.outLines().get(0)).matches("SHARD +STATE +COMMITTED +PENDING +OWNER");
    assertThat(idle.outLines().get(2)).matches(SECOND + "  reading  17/3 +17/9 +-");
    try (CheckpointFolder.Lock lock = folder.lock()) {
      assertThat(lock).isNotNull();
      assertThat(run("checkpoints ls").outLines().get(1)).endsWith("a process");
    }
    folder.delete(STREAM, SECOND);
    assertThat(run("lag").outLines().get(0))
        .matches("SHARD +STATE +COMMITTED +PENDING +BEHIND +OWNER");
  }

  @Test
  void listingAsksNobodyButTheFiles() {
    put(0.1, "a");
    consume(1);
    local.close();
    assertThat(json("checkpoints ls").get(FIRST)).containsEntry("state", "reading");
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
    Tool reset = run("checkpoints reset", "--to", time.toString(), "--yes");
    assertThat(reset.err()).isEmpty();
    assertThat(reset.exitCode()).isZero();
    assertThat(reset.outLines().get(0)).matches("SHARD +WAS +IS");
    assertThat(reset.outLines().get(1)).matches("\\(start\\) +oldest +" + time);
    assertThat(reset.outLines()).anyMatch(l -> l.matches(FIRST + " +SHARD_END +" + time));
    assertThat(reset.outLines())
        .anyMatch(l -> l.matches("shardId-000000000002 +\\d+/1 +after its parents"));
    assertThat(json("checkpoints ls")).isEmpty();
    assertThat(json("lag").get(FIRST)).containsEntry("state", "not begun");
    consume(3);
    assertThat(handled).containsExactlyInAnyOrder("one", "two", "three");
  }

  /** A moment after everything that was put, and before what is put next. */
  private static Instant between() {
    long now = System.currentTimeMillis();
    await().atMost(SOON).until(() -> System.currentTimeMillis() > now + 1);
    return Instant.ofEpochMilli(now + 1);
  }

  @Test
  void resetToOldestAndToNow() {
    put(0.1, "a");
    consume(1);
    assertThat(run("checkpoints reset", "--to", "oldest", "--yes").exitCode()).isZero();
    consume(1);
    put(0.1, "skipped");
    Instant second = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
    await().atMost(SOON).until(() -> Instant.now().isAfter(second.plusMillis(1500)));
    assertThat(run("checkpoints reset", "--to", "now", "--yes").exitCode()).isZero();
    put(0.1, "new");
    consume(1);
    assertThat(handled).containsExactly("new");
  }

  @Test
  void resetOfOneShardLeavesTheOthers() {
    put(0.1, "a");
    put(0.9, "b");
    Instant time = between();
    put(0.9, "c");
    consume(3);
    Tool reset = run("checkpoints reset", "--to", "oldest", "--shard", SECOND, "--yes");
    assertThat(reset.err()).isEmpty();
    assertThat(reset.outLines()).hasSize(2);
    assertThat(reset.outLines().get(1)).matches(SECOND + " +\\d+/1 +oldest");
    consume(2);
    assertThat(handled).containsExactly("b", "c");
    run("checkpoints reset", "--to", time.toString(), "--shard", SECOND, "--yes");
    consume(1);
    assertThat(handled).containsExactly("c");
    Tool none = run("checkpoints reset", "--to", time.toString(), "--shard", FIRST, "--yes");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.errLines()).hasSize(1);
    assertThat(none.err()).contains("has no record from").contains("nothing was changed");
    Tool unknown = run("checkpoints reset", "--to", "oldest", "--shard", "shard-x", "--yes");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("stream events has no shard shard-x");
  }

  @Test
  void resetRefusesWhileAProcessHasTheFilesAndSaysWhich() throws Exception {
    put(0.1, "a");
    consume(1);
    try (CheckpointFolder.Lock lock = new CheckpointFolder(state, "etl").lock()) {
      assertThat(lock).isNotNull();
      Tool tool = run("checkpoints reset", "--to", "oldest", "--yes");
      assertThat(tool.exitCode()).isEqualTo(1);
      assertThat(tool.errLines()).hasSize(1);
      assertThat(tool.err()).contains(state.resolve("etl/lock").toString()).contains("stop it");
      assertThat(tool.out()).isEmpty();
    }
    assertThat(json("checkpoints ls").get(FIRST)).containsEntry("state", "reading");
  }

  @Test
  void resetAsksAPersonAndTakesOnlyYes() {
    put(0.1, "a");
    consume(1);
    for (String answer : List.of("", "n\n", "maybe\n", "no yes\n")) {
      Tool tool =
          Tool.runOnTerminal(environment(), answer, line("checkpoints reset", "--to", "oldest"));
      assertThat(tool.exitCode()).isEqualTo(1);
      assertThat(tool.err())
          // A quiet shard may have one that says up to when it is done.
          .containsPattern("application etl reads events from oldest on: [12] checkpoint")
          .contains("[y/N]")
          .contains("nothing was changed");
      assertThat(tool.out()).isEmpty();
    }
    assertThat(json("checkpoints ls")).isNotEmpty();
    Tool tool =
        Tool.runOnTerminal(environment(), "y\n", line("checkpoints reset", "--to", "oldest"));
    assertThat(tool.exitCode()).isZero();
    assertThat(json("checkpoints ls")).isEmpty();
  }

  @Test
  void pauseHoldsARunningConsumerAndResumeLetsItGoOn() {
    put(0.1, "a");
    try (Consumer consumer = consumer()) {
      await().atMost(SOON).until(() -> handled.size() == 1);
      Tool pause = run("pause");
      assertThat(pause.err()).isEmpty();
      assertThat(pause.exitCode()).isZero();
      assertThat(pause.outLines()).containsExactly("application etl is paused now");
      await()
          .atMost(SOON)
          .until(
              () -> consumer.health().state() == io.scribbler.consumer.ConsumerHealth.State.PAUSED);
      assertThat(run("pause").outLines()).containsExactly("application etl was paused already");
      Tool lag = run("lag");
      assertThat(lag.exitCode()).isZero();
      assertThat(lag.errLines()).containsExactly("firehose lag: application etl is paused");
      assertThat(run("resume").outLines()).containsExactly("application etl is resumed now");
      assertThat(run("resume").outLines()).containsExactly("application etl was not paused");
      put(0.1, "b");
      await().atMost(SOON).until(() -> handled.size() == 2);
    }
  }

  @Test
  void anApplicationThatIsNotThereIsAUsageError() throws Exception {
    put(0.1, "a");
    consume(1);
    List<Tool> tools = new ArrayList<>();
    String dir = state.toString();
    for (String command : List.of("lag", "checkpoints ls", "checkpoints reset --to now --yes")) {
      for (String where :
          List.of(
              "--stream events --application typo --state " + dir,
              "--stream other --application etl --state " + dir,
              "--stream events --application etl --state " + dir + "/no")) {
        tools.add(Tool.run(environment(), (command + " " + where).split(" ")));
      }
    }
    tools.add(Tool.run(environment(), "pause", "--application", "typo", "--state", dir));
    for (Tool tool : tools) {
      assertThat(tool.exitCode()).isEqualTo(2);
      assertThat(tool.out()).isEmpty();
      assertThat(tool.errLines()).hasSize(1);
      assertThat(tool.err()).contains("there is no application").contains("--state");
    }
    try (Stream<Path> files = Files.list(state)) {
      assertThat(files.map(f -> f.getFileName().toString())).containsExactly("etl");
    }
  }

  @Test
  void aStreamOnThisHostNeedsADynamoDbThatIsNamed() {
    Tool tool =
        Tool.run(
            Map.of("AWS_ENDPOINT_URL_KINESIS", local.endpoint().toString()),
            "lag",
            "--stream",
            STREAM,
            "--application",
            "etl");
    assertThat(tool.exitCode()).isEqualTo(2);
    assertThat(tool.errLines()).hasSize(1);
    assertThat(tool.err()).contains("AWS_ENDPOINT_URL_DYNAMODB");
  }

  @Test
  void aMissingStreamIsSaid() throws Exception {
    new CheckpointFolder(state, "etl").storeStart("nowhere", StartPosition.oldest());
    Tool tool =
        Tool.run(
            environment(),
            "lag",
            "--stream",
            "nowhere",
            "--application",
            "etl",
            "--state",
            state.toString());
    assertThat(tool.exitCode()).isEqualTo(2);
    assertThat(tool.errLines()).hasSize(1);
    assertThat(tool.err()).contains("stream nowhere: the stream is missing");
  }
}
