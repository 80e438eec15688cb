package io.scribbler.consumer;

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
import java.util.concurrent.ConcurrentLinkedQueue;
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

  @AfterEach
  void stopStream() {
    client.close();
    local.close();
  }

  private ConsumerBuilder builder() {
    return Consumer.builder().application("etl").stream("s")
        .region("us-east-1")
        .endpoint(local.endpoint())
        .credentials(() -> AwsBasicCredentials.create("a", "b"))
        .startAt(StartPosition.oldest())
        .pollInterval(Duration.ofMillis(50))
        .checkpointInterval(Duration.ofMillis(50))
        .state(directory)
        .onMessage(message -> handled.add(message.text()));
  }

  private void put(String text) {
    Streams.put(client, "s", 0, Streams.record(Streams.block(Codec.ZSTD, "t", 0, List.of(text))));
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
}
