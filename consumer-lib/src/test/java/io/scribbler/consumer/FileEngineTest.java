package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.file.CheckpointFolder;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** What is special about checkpoints in files. */
@Timeout(120)
final class FileEngineTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String SHARD = "shardId-000000000000";

  @TempDir Path directory;

  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private LocalStream local;
  private KinesisClient client;
  private CheckpointFolder folder;

  @BeforeEach
  void startStream() throws Exception {
    local = LocalStream.start(LocalOptions.defaults().withStream("s", 1));
    client = Streams.client(local);
    folder = new CheckpointFolder(directory, "etl");
  }

  private void restartStream(int shards) throws Exception {
    stopStream();
    local = LocalStream.start(LocalOptions.defaults().withStream("s", shards));
    client = Streams.client(local);
  }

  @AfterEach
  void stopStream() {
    client.close();
    local.close();
  }

  private ConsumerBuilder builder() {
    return withoutHandler().onMessage(message -> handled.add(message.text()));
  }

  private ConsumerBuilder withoutHandler() {
    return Consumer.builder().application("etl").stream("s")
        .region("us-east-1")
        .endpoint(local.endpoint())
        .credentials(() -> AwsBasicCredentials.create("a", "b"))
        .startAt(StartPosition.oldest())
        .pollInterval(Duration.ofMillis(50))
        .checkpointInterval(Duration.ofMillis(50))
        .closeTimeout(Duration.ofSeconds(3))
        .state(directory);
  }

  private void put(String text) {
    put(0, text);
  }

  private void put(double part, String text) {
    Streams.put(
        client, "s", part, Streams.record(Streams.block(Codec.ZSTD, "t", 0, List.of(text))));
  }

  /** Letters that compress to half. */
  private static String letters(int size, long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder(size);
    for (int i = 0; i < size; i++) {
      text.append((char) ('a' + random.nextInt(16)));
    }
    return text.toString();
  }

  private void handle(String text) {
    put(text);
    try (Consumer consumer = builder().build()) {
      consumer.start();
      await().atMost(SOON).until(() -> handled.contains(text));
    }
  }

  @Test
  void aFolderHasOneProcessAtATime() throws IOException {
    try (Consumer first = builder().build();
        Consumer second = builder().build()) {
      first.start();
      assertThat(folder.inUse()).isTrue();
      assertThatThrownBy(second::start)
          .isInstanceOf(StreamException.class)
          .hasMessageContaining("another process reads for this application")
          .hasMessageContaining("lock");
    }
    assertThat(folder.inUse()).isFalse();
    handle("afterwards");
  }

  @Test
  void aRefusedConsumerOfTheProcessAndAQuestionLeaveTheLockWhereItIs() throws Exception {
    Path lock = folder.path().resolve("lock");
    try (Consumer first = builder().build();
        Consumer second = builder().build()) {
      first.start();
      assertThatThrownBy(second::start).isInstanceOf(StreamException.class);
      assertThat(LockProbe.couldLock(lock)).as("after a second one was refused").isFalse();
      Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
      assertThat(new CheckpointFolder(link, "etl").inUse()).isTrue();
      assertThat(LockProbe.couldLock(lock)).as("after the question").isFalse();
    }
    assertThat(LockProbe.couldLock(lock)).as("after the end").isTrue();
  }

  @Test
  void directoriesThatAreMadeAreTheOwnersAlone() throws IOException {
    Path below = directory.resolve("a/b");
    new CheckpointFolder(below, "etl").pause(true);
    for (Path made : List.of(below.getParent(), below, below.resolve("etl"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void filesAreTheOwnersAlone() throws IOException {
    handle("one");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())))
        .isEqualTo("rwx------");
    Path file = folder.path().resolve("s").resolve(SHARD + ".json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aFileThatIsNoCheckpointIsSaidAndNothingIsRead() throws IOException {
    handle("one");
    Path file = folder.path().resolve("s").resolve(SHARD + ".json");
    for (String broken : List.of("{\"committed\":\"49", "[]", "{\"committed\":\"x/1\"}", "")) {
      Files.writeString(file, broken);
      handled.clear();
      try (Consumer consumer = builder().build()) {
        consumer.start();
        assertThatThrownBy(consumer::awaitFailure)
            .isInstanceOf(StreamException.class)
            .hasMessageContaining(file.toString());
        assertThat(consumer.health().state()).isEqualTo(ConsumerHealth.State.FAILED);
      }
      assertThat(handled).isEmpty();
    }
  }

  @Test
  void aHalfWrittenFileOfAKilledProcessIsInNobodysWay() throws IOException {
    handle("one");
    Path file = folder.path().resolve("s").resolve(SHARD + ".json");
    Files.writeString(file.resolveSibling(file.getFileName() + ".new"), "{\"comm");
    handled.clear();
    handle("two");
    assertThat(handled).containsExactly("two");
  }

  @Test
  void aPauseFromOutsideIsSeenAndItsEndToo() throws IOException {
    handle("one");
    try (Consumer consumer = builder().build()) {
      consumer.start();
      folder.pause(true);
      await().atMost(SOON).until(() -> consumer.health().state() == ConsumerHealth.State.PAUSED);
      put("two");
      assertThat(handled).containsExactly("one");
      folder.pause(false);
      await().atMost(SOON).until(() -> handled.contains("two"));
    }
  }

  @Test
  void aStreamThatWasMadeAnewIsAnErrorAndNotReadFromSomewhere() {
    handle("one");
    try (Consumer consumer = builder().build()) {
      consumer.start();
      await().atMost(SOON).until(() -> consumer.health().shards().size() == 1);
      client.deleteStream(r -> r.streamName("s"));
      assertThatThrownBy(consumer::awaitFailure)
          .isInstanceOf(StreamException.class)
          .hasMessageContaining("was deleted");
    }
  }

  @Test
  void aShardThatWentUnfinishedIsAGap() throws IOException {
    handle("one");
    folder.store(
        "s",
        "shardId-000000000099",
        new Checkpoint(new Position("49", 1), null, new byte[0], null, new byte[0]));
    try (Consumer consumer = builder().build()) {
      consumer.start();
      assertThatThrownBy(consumer::awaitFailure)
          .isInstanceOf(StreamException.class)
          .hasMessageContaining("shardId-000000000099")
          .hasMessageContaining("no longer in the stream");
    }
    try (Consumer consumer = builder().gaps(GapPolicy.CONTINUE).build()) {
      consumer.start();
      put("two");
      await().atMost(SOON).until(() -> handled.contains("two"));
      assertThat(consumer.counters().get("s").gaps.sum()).isEqualTo(1);
    }
    assertThat(folder.checkpoints("s")).containsOnlyKeys(SHARD);
  }

  @Test
  void aQuietShardKeepsTheTimeUpToWhichItIsDoneAndMissesNothingAfterRetention() throws IOException {
    try (Consumer consumer = builder().build()) {
      consumer.start();
      await().atMost(SOON).until(() -> Files.exists(folder.path().resolve("s/" + SHARD + ".json")));
    }
    Checkpoint quiet = folder.checkpoint("s", SHARD);
    assertThat(quiet.committed()).isNull();
    assertThat(quiet.upTo()).isBetween(Instant.now().minusSeconds(600), Instant.now());
    // As if it had been closed for longer than the stream keeps what came meanwhile.
    folder.store(
        "s",
        SHARD,
        new Checkpoint(
            null, null, new byte[0], Instant.now().minus(Duration.ofHours(30)), new byte[0]));
    put("after the gap");
    try (Consumer consumer = builder().build()) {
      consumer.start();
      await()
          .atMost(SOON)
          .until(
              () ->
                  consumer.health().shards().stream()
                      .anyMatch(s -> s.state() == ConsumerHealth.ShardState.STOPPED));
      assertThat(handled).isEmpty();
    }
  }

  @Test
  void fanOutNeedsTheOtherEngine() {
    try (Consumer consumer = builder().retrieval(Retrieval.FAN_OUT).build()) {
      assertThatThrownBy(consumer::start)
          .isInstanceOf(StreamException.class)
          .hasMessageContaining("fan-out needs KCL");
    }
  }

  @Test
  void whatIsWrongWithABuilderIsSaidAtOnce() {
    assertThatThrownBy(
            () -> Consumer.builder().parallelism(0).memory(1).stream("no stream!").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("handler:")
        .hasMessageContaining("application:")
        .hasMessageContaining("parallelism:")
        .hasMessageContaining("memory:")
        .hasMessageContaining("no stream!");
  }

  /** As if the application had last been up to date that long ago. */
  private void age(String shardId, Duration ago) throws IOException {
    Checkpoint now = folder.checkpoint("s", shardId);
    folder.store(
        "s",
        shardId,
        new Checkpoint(now.committed(), null, new byte[0], Instant.now().minus(ago), now.seen()));
  }

  @Test
  void aChildThatComesLongAfterTheStartIsNoGap() throws IOException {
    handle("one");
    age(SHARD, Duration.ofHours(30));
    try (Consumer consumer = builder().build()) {
      consumer.start();
      put("two");
      await().atMost(SOON).until(() -> handled.contains("two"));
      Streams.split(client, "s", Streams.openShards(client, "s").get(0));
      put("child");
      await().atMost(SOON).until(() -> handled.contains("child"));
    }
  }

  @Test
  void aChildWhoseParentIsFinishedInThisLifeIsNoGap() throws IOException {
    handle("one");
    age(SHARD, Duration.ofHours(30));
    Streams.split(client, "s", Streams.openShards(client, "s").get(0));
    put("child");
    handle("another child");
    assertThat(handled).contains("child");
  }

  @Test
  void aChildWhoseParentAnEarlierLifeFinishedMayBeAGap() throws IOException {
    handle("one");
    folder.store(
        "s",
        SHARD,
        new Checkpoint(
            Position.END,
            null,
            new byte[0],
            Instant.now().minus(Duration.ofHours(30)),
            new byte[0]));
    Streams.split(client, "s", Streams.openShards(client, "s").get(0));
    put("child");
    try (Consumer consumer = builder().build()) {
      consumer.start();
      await()
          .atMost(SOON)
          .until(
              () ->
                  consumer.health().shards().stream()
                      .anyMatch(s -> s.state() == ConsumerHealth.ShardState.STOPPED));
    }
    assertThat(handled).containsExactly("one");
  }

  @Test
  void anInterruptedThreadClosesAllTheSame() throws IOException {
    put("one");
    Consumer consumer = builder().build();
    consumer.start();
    await().atMost(SOON).until(() -> handled.contains("one"));
    Thread.currentThread().interrupt();
    consumer.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(folder.inUse()).isFalse();
    assertThat(folder.checkpoint("s", SHARD).committed()).isNotNull();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("scribbler-shardId"));
    handle("two");
  }

  @Test
  void anInterruptThatMakingAHandlerLeavesStopsNothing() throws Exception {
    restartStream(2);
    Consumer consumer =
        withoutHandler()
            .shardHandlers(
                assignment -> {
                  Thread.currentThread().interrupt();
                  return batch -> batch.forEach(message -> handled.add(message.text()));
                })
            .build();
    try (consumer) {
      consumer.start();
      put(0, "A");
      put(0.75, "B");
      await().atMost(SOON).until(() -> handled.contains("A") && handled.contains("B"));
      assertThat(consumer.health().state()).isEqualTo(ConsumerHealth.State.RUNNING);
    }
  }

  @Test
  void aShardThatIsStuckLeavesTheOthersMemoryToFetch() throws Exception {
    restartStream(2);
    CountDownLatch never = new CountDownLatch(1);
    for (int i = 0; i < 26; i++) {
      put(0, "A" + letters(900_000, i));
    }
    Consumer consumer =
        withoutHandler()
            .shardHandlers(
                assignment ->
                    batch -> {
                      for (ConsumerMessage message : batch) {
                        if (message.text().startsWith("A")) {
                          never.await();
                        }
                        handled.add(message.text());
                      }
                    })
            .memory(16 << 20)
            .build();
    try (consumer) {
      consumer.start();
      await()
          .atMost(SOON)
          .until(
              () -> consumer.core().fetched().used() > 0 && consumer.core().decoded().used() > 0);
      for (int i = 0; i < 20; i++) {
        put(0.75, "B" + letters(900_000, i));
      }
      await().atMost(SOON).until(() -> handled.size() == 20);
    } finally {
      never.countDown();
    }
  }

  @Test
  void manyShardsThatAreBehindStayWithinTheMemoryForWhatIsFetched() throws Exception {
    restartStream(12);
    byte[] plain = letters(1_000_000, 1).getBytes(US_ASCII);
    for (int shard = 0; shard < 12; shard++) {
      for (int i = 0; i < 10; i++) {
        Streams.put(client, "s", (shard + 0.5) / 12, plain);
      }
    }
    AtomicInteger count = new AtomicInteger();
    Consumer consumer =
        withoutHandler().memory(16 << 20).onMessage(message -> count.incrementAndGet()).build();
    try (consumer) {
      consumer.start();
      await().atMost(SOON).until(() -> count.get() == 120);
      // A record each, and the half that is for whoever comes first.
      assertThat(consumer.core().fetched().most()).isLessThanOrEqualTo(16 << 20);
      await().until(() -> consumer.core().fetched().used() == 0);
    }
  }

  @Test
  void aStartThatCantBeStoredYetIsWaitedOut() throws IOException {
    put("one");
    Path inTheWay = Files.createDirectories(folder.path()).resolve("s");
    Files.createFile(inTheWay);
    try (Consumer consumer = builder().build()) {
      consumer.start();
      await()
          .during(Duration.ofMillis(500))
          .until(() -> consumer.health().state() == ConsumerHealth.State.RUNNING);
      Files.delete(inTheWay);
      await().atMost(SOON).until(() -> handled.contains("one"));
    }
    Files.delete(inTheWay.resolve("start"));
    Files.delete(inTheWay.resolve(SHARD + ".json"));
    Files.delete(inTheWay);
    Files.createFile(inTheWay);
    try (Consumer consumer = builder().build()) {
      consumer.start();
    } // and a close isn't held up by it
    assertThat(folder.inUse()).isFalse();
  }

  @Test
  void aDirectoryThatCantBeMadeIsSaidWithWhatToDo() throws IOException {
    Files.createFile(folder.path());
    try (Consumer consumer = builder().build()) {
      assertThatThrownBy(consumer::start)
          .isInstanceOf(StreamException.class)
          .hasMessageContaining(folder.path().toString())
          .hasMessageContaining("choose another directory");
    }
  }
}
