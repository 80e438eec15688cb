package io.scribbler.consumer;

import static io.scribbler.consumer.PipelineRig.SOON;
import static io.scribbler.consumer.PipelineRig.number;
import static io.scribbler.consumer.PipelineRig.options;
import static io.scribbler.consumer.PipelineRig.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.MessageBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Formats, topics, duplicates, threads and memory: what a shard's records go through. */
@Timeout(60)
final class ProcessingTest {
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();

  @Test
  void formatsAreToldRecordByRecord() {
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    try (PipelineRig rig =
        options()
            .onMessage(
                m ->
                    seen.add(
                        m.topic() + " " + m.identified() + " " + m.sequence() + " " + m.text()))
            .start()) {
      rig.give(
          rig.record(Streams.record(Streams.block(Codec.GZIP, "a", 5, List.of("one", "two")))),
          rig.record(Streams.kpl(List.of("three", "four"))),
          rig.record("five".getBytes(StandardCharsets.UTF_8)),
          rig.record(
              Streams.record(
                  Streams.block(Codec.NONE, "b", 9, List.of("six")),
                  Streams.block(Codec.ZSTD, "a", 7, List.of("seven")))));
      rig.awaitCommit(4, 2);
      assertThat(seen)
          .containsExactly(
              "a true 5 one",
              "a true 6 two",
              "s false -1 three",
              "s false -1 four",
              "s false -1 five",
              "b true 9 six",
              "a true 7 seven");
    }
  }

  @Test
  void everythingThatIsKnownOfAMessageIsThereAndGoneWithItsBatch() {
    AtomicReference<ConsumerMessage> kept = new AtomicReference<>();
    AtomicReference<io.scribbler.record.Message> copy = new AtomicReference<>();
    MessageBuffer buffer = new MessageBuffer(1 << 10);
    byte[] data = "data".getBytes(StandardCharsets.UTF_8);
    buffer.append(data, 0, 4, 17, "user-1".getBytes(StandardCharsets.UTF_8));
    byte[] block;
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      block = encoder.encode("t", "pixel-1", -2L, 41, 1_000, Map.of("schema", "3"), buffer);
    }
    try (PipelineRig rig =
        options()
            .onMessage(
                m -> {
                  kept.set(m);
                  copy.set(m.copy());
                })
            .start()) {
      rig.give(rig.record(Streams.record(block)));
      rig.awaitCommit(1, 1);
      assertThat(copy.get())
          .isEqualTo(
              new io.scribbler.record.Message(
                  "t", "pixel-1", -2L, 41, 1_017, "user-1", Map.of("schema", "3"), data));
      assertThatThrownBy(() -> kept.get().text())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("copy()");
    }
  }

  @Test
  void blocksOfOtherTopicsAreNeverDecompressed() {
    byte[] unwanted = Streams.block(Codec.ZSTD, "other", 0, List.of("x".repeat(1000)));
    PipelineRig.Options options = options().onMessage(m -> handled.add(m.text()));
    options.topics = List.of("t");
    try (PipelineRig rig = options.start()) {
      rig.give(rig.record(Streams.record(notZstd(unwanted), rig.block("t", 2))));
      rig.awaitCommit(1, 3);
      assertThat(handled).containsExactlyElementsOf(texts(0, 2));
      assertThat(rig.counters().unreadable.sum()).isZero();
    }
    // The same record is unreadable for who wants all of it, so the block is really broken.
    try (PipelineRig rig = options().onMessage(m -> handled.add(m.text())).start()) {
      rig.give(rig.record(Streams.record(notZstd(unwanted))));
      await().atMost(SOON).until(() -> rig.counters().unreadable.sum() == 1);
    }
  }

  /** A block whose body says zstd, has the right checksum, and can't be decompressed. */
  private static byte[] notZstd(byte[] block) {
    byte[] plain = Streams.block(Codec.NONE, "other", 0, List.of("x".repeat(1000)));
    assertThat(block.length).isLessThan(plain.length);
    // Field 7, the codec, is left out for NONE (0); the block's length grows by the two bytes.
    byte[] lying = new byte[plain.length + 2];
    int size = ((plain[1] & 0x7f) | (plain[2] << 7)) + 2;
    int rawSizeTag = indexOf(plain, (byte) (8 << 3));
    System.arraycopy(plain, 0, lying, 0, rawSizeTag);
    lying[1] = (byte) ((size & 0x7f) | 0x80);
    lying[2] = (byte) (size >>> 7);
    lying[rawSizeTag] = 7 << 3;
    lying[rawSizeTag + 1] = 1;
    System.arraycopy(plain, rawSizeTag, lying, rawSizeTag + 2, plain.length - rawSizeTag);
    return lying;
  }

  private static int indexOf(byte[] data, byte wanted) {
    return IntStream.range(20, data.length)
        .filter(i -> data[i] == wanted)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void topicsOfTheSystemAreNotHandedOverUnlessNamed() {
    PipelineRig.Options options = options().onMessage(m -> handled.add(m.topic()));
    try (PipelineRig rig = options.start()) {
      rig.give(rig.record(Streams.record(rig.block("_trace", 2), rig.block("t", 1))));
      rig.awaitCommit(1, 3);
      assertThat(handled).containsExactly("t");
    }
    options.topics = List.of("_trace");
    try (PipelineRig rig = options.start()) {
      rig.give(rig.record(Streams.record(rig.block("_trace", 2), rig.block("t", 1))));
      rig.awaitCommit(1, 3);
      assertThat(handled).containsExactly("t", "_trace", "_trace");
    }
  }

  @Test
  void duplicatesAreCountedAndLeftOutIfThatIsWanted() {
    for (boolean drop : new boolean[] {false, true}) {
      handled.clear();
      PipelineRig.Options options = options().onMessage(m -> handled.add(m.text()));
      options.dropDuplicates = drop;
      try (PipelineRig rig = options.start()) {
        byte[] first = Streams.record(Streams.block(Codec.ZSTD, "t", 10, texts(10, 20)));
        byte[] overlapping = Streams.record(Streams.block(Codec.ZSTD, "t", 15, texts(15, 25)));
        byte[] other = Streams.record(Streams.block(Codec.ZSTD, "u", 10, texts(10, 20)));
        rig.give(rig.record(first), rig.record(overlapping), rig.record(other), rig.record(first));
        rig.awaitCommit(4, 10);
        assertThat(rig.counters().duplicates.sum()).isEqualTo(15);
        assertThat(handled).hasSize(drop ? 25 : 40);
      }
    }
  }

  @Test
  void theWindowOfDuplicatesComesWithTheCheckpoint() {
    IdentityWindow window = new IdentityWindow(1 << 20);
    window.add(header("t"), 3, 7);
    PipelineRig.Options options = options().onMessage(m -> handled.add(m.text()));
    options.dropDuplicates = true;
    options.checkpoint =
        new Checkpoint(null, null, new byte[0], Instant.now(), window.store(1 << 16));
    try (PipelineRig rig = options.start()) {
      rig.give(rig.messages(10));
      rig.awaitCommit(1, 10);
      assertThat(handled).containsExactly("text-0", "text-1", "text-2", "text-8", "text-9");
    }
  }

  private static io.scribbler.record.BlockHeader header(String topic) {
    return new io.scribbler.record.BlockHeader(
        topic, Streams.PRODUCER, Streams.EPOCH, 0, 1, 0, Codec.NONE, 2, Map.of());
  }

  @Test
  void keysHaveOneThreadEachAndOrderWithinItAndTheCommitWaitsForTheSlowest() {
    CountDownLatch slow = new CountDownLatch(1);
    Map<String, Queue<String>> byKey = new ConcurrentHashMap<>();
    Map<String, Thread> threads = new ConcurrentHashMap<>();
    AtomicInteger wrongThread = new AtomicInteger();
    PipelineRig.Options options =
        options()
            .onMessage(
                m -> {
                  if (m.key().equals("key-0")) {
                    slow.await();
                  }
                  Thread before = threads.putIfAbsent(m.key(), Thread.currentThread());
                  if (before != null && before != Thread.currentThread()) {
                    wrongThread.incrementAndGet();
                  }
                  byKey.computeIfAbsent(m.key(), k -> new ConcurrentLinkedQueue<>()).add(m.text());
                });
    options.parallelism = 4;
    try (PipelineRig rig = options.start()) {
      for (int r = 0; r < 3; r++) {
        rig.give(rig.record(Streams.record(keyed(r * 100, 100, 20))));
      }
      await().atMost(SOON).until(() -> byKey.values().stream().mapToInt(Queue::size).sum() >= 150);
      rig.shard.commitIfDue();
      assertThat(rig.lastCommit()).isEmpty();
      slow.countDown();
      rig.awaitCommit(3, 100);
      assertThat(wrongThread).hasValue(0);
      assertThat(Map.copyOf(threads).values().stream().distinct().count()).isEqualTo(4);
      for (int key = 0; key < 20; key++) {
        int first = key;
        assertThat(byKey.get("key-" + key))
            .containsExactlyElementsOf(
                IntStream.range(0, 15).mapToObj(i -> "text-" + (first + 20 * i)).toList());
      }
    }
  }

  private static byte[] keyed(int from, int count, int keys) {
    MessageBuffer buffer = new MessageBuffer(1 << 16);
    for (int i = from; i < from + count; i++) {
      byte[] data = ("text-" + i).getBytes(StandardCharsets.UTF_8);
      buffer.append(data, 0, data.length, 0, ("key-" + i % keys).getBytes(StandardCharsets.UTF_8));
    }
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      return encoder.encode("t", Streams.PRODUCER, Streams.EPOCH, from, 0, Map.of(), buffer);
    }
  }

  @Test
  void whatIsDecodedStaysWithinTheBudgetHoweverSlowTheHandler() {
    CountDownLatch go = new CountDownLatch(1);
    PipelineRig.Options options =
        options()
            .onBatch(
                batch -> {
                  go.await();
                  for (ConsumerMessage m : batch) {
                    handled.add(m.key());
                  }
                });
    options.memory = 8 << 20;
    List<String> large = IntStream.range(0, 100).mapToObj(i -> "x".repeat(10_000)).toList();
    try (PipelineRig rig = options.start()) {
      Thread engine =
          new Thread(
              () -> {
                for (int i = 0; i < 20; i++) {
                  rig.give(
                      rig.record(Streams.record(Streams.block(Codec.ZSTD, "t", i * 100L, large))));
                }
              });
      engine.start();
      // A block takes 1 MB; four fit into half of the budget, the fifth has to wait.
      await()
          .atMost(SOON)
          .until(
              () ->
                  rig.core().decoded().used() > 3_000_000
                      && engine.getState() == Thread.State.TIMED_WAITING);
      assertThat(rig.shard.hasRoom()).isFalse();
      go.countDown();
      rig.awaitCommit(20, 100);
      assertThat(handled).hasSize(2000);
      assertThat(rig.core().decoded().most()).isLessThanOrEqualTo(4 << 20);
      assertThat(rig.core().decoded().used()).isZero();
    }
  }

  @Test
  void aPauseHoldsWhatWasReadOverAClose() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    try (PipelineRig rig =
        options()
            .onMessage(
                m -> {
                  handled.add(m.text());
                  go.await();
                })
            .start()) {
      rig.give(rig.messages(1));
      rig.give(rig.messages(1));
      await().atMost(SOON).until(() -> handled.size() == 1);
      rig.core().paused(true);
      go.countDown();
      assertThat(rig.shard.drain(Duration.ofSeconds(20))).isTrue();
      assertThat(handled).containsExactly("text-0");
      assertThat(rig.lastCommit()).contains(new Position(number(1), 1));
      await().atMost(SOON).until(() -> rig.core().decoded().used() == 0);
    }
  }

  @Test
  void aShardThatIsLostWhileItIsFedGivesAllItsMemoryBack() {
    CountDownLatch go = new CountDownLatch(1);
    List<String> large = IntStream.range(0, 100).mapToObj(i -> "x".repeat(10_000)).toList();
    PipelineRig.Options options = options().onBatch(batch -> go.await());
    options.memory = 8 << 20;
    for (int round = 0; round < 9; round++) {
      try (PipelineRig rig = options.start()) {
        Thread engine =
            new Thread(
                () -> {
                  for (int i = 0; i < 10; i++) {
                    byte[] block = Streams.block(Codec.ZSTD, "t", i * 100L, large);
                    rig.give(rig.record(Streams.record(block)));
                  }
                });
        engine.start();
        int held = round % 3;
        await().atMost(SOON).until(() -> rig.core().decoded().used() >= held * 1_000_000L);
        rig.shard.lost();
        await().atMost(SOON).until(() -> !engine.isAlive());
        await().atMost(SOON).until(() -> rig.core().decoded().used() == 0);
      }
    }
  }

  @Test
  void aDrainKeepsItsTimeWhenTheStoreHangsAndNothingIsCommittedAfterIt() throws Exception {
    try (PipelineRig rig = options().onMessage(m -> handled.add(m.text())).start()) {
      rig.give(rig.messages(1));
      rig.awaitCommit(1, 1);
      rig.hangingCommits = new CountDownLatch(1);
      rig.give(rig.messages(1));
      await().atMost(SOON).until(() -> handled.size() == 2);
      long start = System.nanoTime();
      assertThat(rig.shard.drain(Duration.ofMillis(100))).isFalse();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      assertThat(rig.lastCommit()).contains(new Position(number(1), 1));
    }
  }

  @Test
  void aHandlersLostThatThrowsStopsNothingElse() {
    PipelineRig.Options options =
        options()
            .forShards(
                assignment ->
                    new ShardHandler() {
                      @Override
                      public void handle(MessageBatch batch) {}

                      @Override
                      public void lost() {
                        throw new IllegalStateException("no");
                      }
                    });
    try (PipelineRig rig = options.start()) {
      rig.shard.lost();
      assertThat(rig.core().failure()).isEmpty();
    }
  }

  @Test
  void checkpointsAreTakenOverWhileTheHandlerIsMadeOrNotAtAll() {
    AtomicReference<ShardAssignment> kept = new AtomicReference<>();
    PipelineRig.Options options =
        options()
            .forShards(
                assignment -> {
                  kept.set(assignment);
                  return batch -> {};
                });
    try (PipelineRig rig = options.start()) {
      assertThatThrownBy(() -> kept.get().takeCheckpoints())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("while the handler is made");
      assertThat(rig.commits).isEmpty();
    }
  }

  @Test
  void aVeryLongTopicStopsNothing() {
    String topic = "t".repeat(70_000);
    try (PipelineRig rig = options().onMessage(m -> handled.add(m.text())).start()) {
      rig.give(rig.record(Streams.record(rig.block(topic, 2))));
      rig.give(rig.messages(2));
      rig.awaitCommit(2, 2);
      assertThat(handled).hasSize(4);
      assertThat(rig.core().failure()).isEmpty();
    }
  }

  @Test
  void keysAndAttributesCountAndALargeBlockIsHandedOverInParts() {
    MessageBuffer buffer = new MessageBuffer(8 << 20);
    int count = 40_000;
    for (int i = 0; i < count; i++) {
      byte[] data = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
      byte[] key = ("key-" + i).getBytes(StandardCharsets.UTF_8);
      buffer.append(data, 0, data.length, 0, key);
    }
    byte[] block;
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      block = encoder.encode("t", Streams.PRODUCER, 1, 0, 0, Map.of(), buffer);
    }
    AtomicInteger batches = new AtomicInteger();
    AtomicInteger largest = new AtomicInteger();
    PipelineRig.Options options =
        options()
            .onBatch(
                batch -> {
                  batches.incrementAndGet();
                  largest.accumulateAndGet(batch.size(), Math::max);
                  batch.forEach(m -> handled.add(m.text()));
                });
    options.batchMessages = 1000;
    options.memory = 16 << 20;
    try (PipelineRig rig = options.start()) {
      rig.give(rig.record(Streams.record(block)));
      rig.awaitCommit(1, count);
      assertThat(handled)
          .containsExactlyElementsOf(
              IntStream.range(0, count).mapToObj(Integer::toString).toList());
      assertThat(batches).hasValue(40);
      assertThat(largest).hasValue(1000);
      assertThat(rig.core().decoded().most()).isBetween(2_500_000L, 8L << 20);
      assertThat(rig.core().decoded().used()).isZero();
    }
  }

  @Test
  void positionsCountTheMessagesOfAllTopicsSoThatTopicsMayChange() {
    PipelineRig.Options options = options().onMessage(m -> handled.add(m.text()));
    options.checkpoint =
        new Checkpoint(new Position(number(1), 4), null, new byte[0], Instant.now(), new byte[0]);
    try (PipelineRig rig = options.start()) {
      rig.give(rig.record(Streams.record(rig.block("a", 3), rig.block("b", 3))));
      rig.awaitCommit(1, 6);
      assertThat(handled).containsExactly("text-4", "text-5");
    }
  }

  @Test
  void topicsAreEnabledAndDisabledWhileItRuns() {
    PipelineRig.Options options = options().onMessage(m -> handled.add(m.text()));
    TopicSelection topics = new TopicSelection(List.of("a"));
    assertThat(topics.wants("a")).isTrue();
    assertThat(topics.wants("b")).isFalse();
    topics.enable("b");
    topics.disable("a");
    assertThat(topics.wants("a")).isFalse();
    assertThat(topics.wants("b")).isTrue();
    TopicSelection all = new TopicSelection(List.of());
    all.disable("a");
    assertThat(all.wants("a")).isFalse();
    assertThat(all.wants("c")).isTrue();
    all.enable("a");
    assertThat(all.wants("a")).isTrue();
    assertThat(options.topics).isEmpty();
  }
}
