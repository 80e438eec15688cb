package io.scribbler.agent.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.shard.HashKey;
import io.scribbler.agent.shard.LaneMap;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.Message;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormat;
import io.scribbler.record.RecordReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AccumulatorTest {
  private static final int BLOCK = 64 * 1024;

  private final MemoryBudget memory = new MemoryBudget(16 << 20);
  private final Ledger ledger = new Ledger();
  private final Encoder encoder = new Encoder(2);
  private Accumulator accumulator;
  private Router router;

  private void make(RecordFormat format, LaneMap lanes, MemoryBudget budget) {
    BatchSettings settings = new BatchSettings("p", 7, format, Codec.ZSTD, 1, BLOCK, 100_000);
    accumulator =
        new Accumulator(settings, budget, encoder, ledger.stream("s"), lanes, () -> {}, () -> {});
    router =
        new Router(
            List.of(StreamConfig.builder("s").topics(List.of("*")).build()), List.of(accumulator));
  }

  private void make() {
    make(RecordFormat.FIREHOSE, LaneMap.assumed(new Random(1)), memory);
  }

  @AfterEach
  void close() {
    encoder.close();
  }

  private static boolean offer(Intake intake, String text, long nanos) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    intake.begin(1_000, nanos);
    boolean taken = intake.offer(ByteBuffer.wrap(bytes), 0, bytes.length);
    intake.end();
    return taken;
  }

  private Intake intake(String topic, String key) {
    return router.intake(topic, KeyExtractor.constant(key), Acks.NONE);
  }

  /** All sealed batches, once they are encoded. */
  private List<SealedBatch> sealed() {
    awaitEncoded(accumulator);
    return List.copyOf(accumulator.sealed());
  }

  private static void awaitEncoded(Accumulator stream) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> stream.sealed().stream().allMatch(SealedBatch::done));
  }

  private List<EncodedBlock> blocks() {
    List<EncodedBlock> blocks = new ArrayList<>();
    sealed().forEach(batch -> blocks.addAll(batch.blocks()));
    return blocks;
  }

  private static List<Message> messages(EncodedBlock block) {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    record.add(block.bytes());
    List<Message> messages = new ArrayList<>();
    RecordReader.messages(record.build()).forEach(messages::add);
    return messages;
  }

  /** Lets go of everything, as a sender does that has delivered it. */
  private void deliver() {
    for (EncodedBlock block : blocks()) {
      memory.release(block.summary().heldBytes());
      block.summary().account().delivered(block.summary().count(), block.summary().dataBytes());
    }
    accumulator.sealed().clear();
  }

  @Test
  void sequencesOfATopicAreContiguousOverAllItsBatches() {
    make();
    Intake[] intakes = {intake("a", ""), intake("a", "k1"), intake("a", "k2"), intake("b", "")};
    for (int i = 0; i < 4000; i++) {
      assertThat(offer(intakes[i % 4], "message " + "x".repeat(i % 100), i)).isTrue();
    }
    accumulator.sealDue(Long.MAX_VALUE / 2, 0);
    List<Long> ofA = new ArrayList<>();
    List<Long> ofB = new ArrayList<>();
    for (EncodedBlock block : blocks()) {
      for (Message message : messages(block)) {
        (message.topic().equals("a") ? ofA : ofB).add(message.sequence());
      }
    }
    assertThat(ofA).containsExactlyElementsOf(LongStream.range(0, 3000).boxed().toList());
    assertThat(ofB).containsExactlyElementsOf(LongStream.range(0, 1000).boxed().toList());
    deliver();
    assertThat(memory.used()).isZero();
    assertThat(ledger.snapshot().imbalances()).isEmpty();
  }

  @Test
  void batchIsSealedWhenTheNextMessageWouldMakeItTooLarge() {
    make();
    Intake intake = intake("t", "");
    for (int i = 0; i < 100; i++) {
      offer(intake, "x".repeat(10_000), 0);
    }
    assertThat(sealed()).hasSize(16).allSatisfy(b -> assertThat(b.count()).isEqualTo(6));
  }

  @Test
  void batchIsSealedWhenItHasBeenOpenForTheLingerAndTheNextDueIsTold() {
    make();
    offer(intake("a", ""), "one", 1_000);
    offer(intake("b", ""), "two", 1_500);
    assertThat(accumulator.oldestOpenedNanos()).isEqualTo(1_000);
    assertThat(accumulator.sealDue(1_099, 100)).isEqualTo(1_100);
    assertThat(accumulator.sealed()).isEmpty();
    assertThat(accumulator.sealDue(1_100, 100)).isEqualTo(1_600);
    assertThat(accumulator.sealed()).hasSize(1);
    assertThat(accumulator.oldestOpenedNanos()).isEqualTo(1_500);
    assertThat(accumulator.sealDue(1_600, 100)).isEqualTo(Long.MAX_VALUE);
    assertThat(accumulator.sealed()).hasSize(2);
  }

  @Property(tries = 50)
  void keyedMessagesGoToTheLaneOfTheirKey(@ForAll String key) {
    LaneMap lanes = LaneMap.assumed(new Random(1));
    try (Encoder own = new Encoder(1)) {
      BatchSettings settings =
          new BatchSettings("p", 7, RecordFormat.FIREHOSE, Codec.NONE, 1, BLOCK, 100_000);
      Accumulator one =
          new Accumulator(settings, memory, own, ledger.stream("s"), lanes, () -> {}, () -> {});
      Intake intake =
          new Intake(new Accumulator[] {one}, "t", KeyExtractor.constant(key), Acks.NONE, null);
      offer(intake, "m", 0);
      one.sealDue(1, 0);
      String laneKey = one.sealed().peek().laneHashKey();
      byte[] extracted = KeyExtractor.constant(key).keyOf(ByteBuffer.allocate(0), 0, 0);
      if (extracted == null) {
        assertThat(laneKey).isNull();
      } else {
        int lane = lanes.laneOf(extracted, HashKey.newDigest(), new byte[16]);
        assertThat(laneKey).isEqualTo(lanes.lane(lane).explicitHashKey());
      }
    }
  }

  @Test
  void changedLanesSealKeyedBatchesForTheOldOnesAndLeaveTheOthersOpen() {
    LaneMap before = LaneMap.assumed(new Random(1));
    LaneMap after = LaneMap.assumed(new Random(2));
    make(RecordFormat.FIREHOSE, before, memory);
    offer(intake("t", "k"), "old", 0);
    offer(intake("t", ""), "unkeyed", 0);
    accumulator.remap(after);
    assertThat(sealed()).hasSize(1).allSatisfy(b -> assertThat(b.lanes()).isSameAs(before));
    offer(intake("t", "k"), "new", 0);
    accumulator.sealDue(1, 0);
    assertThat(sealed()).hasSize(3);
    assertThat(sealed().subList(1, 3)).allSatisfy(b -> assertThat(b.lanes()).isSameAs(after));
  }

  @Test
  void messagesThatBelongToALaneWaitUntilTheShardsAreKnown() {
    make(RecordFormat.FIREHOSE, null, memory);
    Intake keyed = intake("t", "k");
    assertThat(offer(keyed, "one", 0)).isFalse();
    assertThat(offer(intake("t", ""), "unkeyed", 0)).isTrue();
    accumulator.remap(LaneMap.assumed(new Random(1)));
    assertThat(offer(keyed, "one", 0)).isTrue();
    assertThat(keyed.total()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(RecordFormat.class)
  void allMemoryIsGivenBackOnceAllIsDelivered(RecordFormat format) {
    make(format, LaneMap.assumed(new Random(1)), memory);
    Random random = new Random(1);
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 200; i++) {
        String key = random.nextBoolean() ? "" : "k" + random.nextInt(50);
        int length = random.nextInt(20) == 0 ? 90_000 : random.nextInt(300);
        assertThat(offer(intake("t" + i % 3, key), "x".repeat(length), i)).isTrue();
      }
      accumulator.sealDue(Long.MAX_VALUE / 2, 0);
      deliver();
    }
    assertThat(memory.used()).isZero();
    assertThat(ledger.snapshot().imbalances()).isEmpty();
    assertThat(ledger.snapshot().total().delivered().messages()).isEqualTo(4000);
  }

  @Test
  void tinyPlainMessagesTakeWhatTheyCostOfTheBudget() {
    make(RecordFormat.PLAIN, LaneMap.assumed(new Random(1)), memory);
    Intake intake = intake("t", "");
    int taken = 0;
    while (offer(intake, "x", 0)) {
      taken++;
    }
    assertThat(taken).isBetween(1, (16 << 20) / BlockSummary.OVERHEAD);
    accumulator.sealDue(1, 0);
    deliver();
    assertThat(memory.used()).isZero();
  }

  @Test
  void twoStreamsAndOneFullBudgetEachMessageIsOnceInEach() {
    MemoryBudget small = new MemoryBudget(400_000);
    List<StreamConfig> configs = new ArrayList<>();
    List<Accumulator> both = new ArrayList<>();
    for (String name : List.of("s1", "s2")) {
      configs.add(StreamConfig.builder(name).topics(List.of("*")).build());
      BatchSettings settings =
          new BatchSettings("p", 7, RecordFormat.FIREHOSE, Codec.NONE, 1, BLOCK, 1 << 20);
      LaneMap lanes = LaneMap.assumed(new Random(1));
      both.add(
          new Accumulator(
              settings, small, encoder, ledger.stream(name), lanes, () -> {}, () -> {}));
    }
    Intake intake = new Router(configs, both).intake("t", KeyExtractor.constant(""), Acks.NONE);
    List<List<Long>> sequences = List.of(new ArrayList<>(), new ArrayList<>());
    int refusals = 0;
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      String text = "m" + "x".repeat(random.nextInt(30_000));
      while (!offer(intake, text, 0)) {
        refusals++;
        for (int s = 0; s < 2; s++) {
          Accumulator stream = both.get(s);
          stream.sealDue(1, 0);
          awaitEncoded(stream);
          while (!stream.sealed().isEmpty()) {
            for (EncodedBlock block : stream.sealed().poll().blocks()) {
              List<Long> into = sequences.get(s);
              messages(block).forEach(m -> into.add(m.sequence()));
              small.release(block.summary().heldBytes());
            }
          }
        }
      }
    }
    assertThat(refusals).isGreaterThan(10);
    for (String name : List.of("s1", "s2")) {
      assertThat(ledger.snapshot().topic(name, "t").accepted().messages()).isEqualTo(500);
    }
    for (List<Long> of : sequences) {
      assertThat(of).containsExactlyElementsOf(LongStream.range(0, of.size()).boxed().toList());
      assertThat(of.size()).isGreaterThan(400);
    }
  }

  @Test
  void bodyIsLetGoOfOnceEncodedAlsoIfTheBlocksWaitLong() {
    make();
    Intake intake = intake("t", "");
    for (int i = 0; i < 50; i++) {
      offer(intake, "x".repeat(60_000), 0);
    }
    assertThat(sealed()).hasSize(49).allSatisfy(batch -> assertThat(batch.body()).isNull());
    assertThat(memory.used()).isLessThan(200_000);
  }

  @Test
  void messageLargerThanABlockHasOneOfItsOwn() {
    make();
    Intake intake = intake("t", "");
    offer(intake, "small", 0);
    offer(intake, "x".repeat(5 * BLOCK), 0);
    offer(intake, "small", 0);
    accumulator.sealDue(1, 0);
    assertThat(sealed().stream().map(SealedBatch::count)).containsExactly(1, 1, 1);
    assertThat(messages(blocks().get(1)).get(0).data()).hasSize(5 * BLOCK);
  }

  @Test
  void incompressibleMessageThatNoRecordHoldsIsRefusedAloneInEveryFormat() {
    for (RecordFormat format : RecordFormat.values()) {
      make(format, LaneMap.assumed(new Random(1)), memory);
      byte[] noise = new byte[150_000];
      new Random(1).nextBytes(noise);
      Intake intake = intake("t", "");
      offer(intake, "before", 0);
      intake.begin(1_000, 0);
      assertThat(intake.offer(ByteBuffer.wrap(noise), 0, noise.length)).isTrue();
      intake.end();
      offer(intake, "after", 0);
      accumulator.sealDue(1, 0);
      List<EncodedBlock> blocks = blocks();
      assertThat(blocks.stream().filter(b -> b.refusal() != null))
          .hasSize(1)
          .allSatisfy(b -> assertThat(b.summary().count()).isEqualTo(1));
      assertThat(blocks.stream().mapToInt(b -> b.summary().count()).sum()).isEqualTo(3);
    }
  }

  @Property(tries = 50)
  void scanFindsTheMessagesThatTheReaderFinds(
      @ForAll @IntRange(min = 1, max = 50) int count, @ForAll long seed) {
    Random random = new Random(seed);
    BatchBody.Firehose body = new BatchBody.Firehose(16);
    List<Integer> lengths = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(3) == 0 ? 0 : random.nextInt(20_000);
      byte[] key = random.nextBoolean() ? null : new byte[] {'k'};
      body.ensureCapacity(body.size() + body.sizeOf(length, 1));
      body.append(ByteBuffer.allocate(length), 0, length, random.nextInt(1 << 20), key);
      lengths.add(length);
    }
    int at = 0;
    for (int length : lengths) {
      assertThat(MessageScan.dataLength(body.messages.array(), at)).isEqualTo(length);
      at = MessageScan.end(body.messages.array(), at);
    }
    assertThat(at).isEqualTo(body.size());
  }

  @Test
  void plainAndKplRecordsAreReadBack() {
    for (RecordFormat format : List.of(RecordFormat.PLAIN, RecordFormat.KPL)) {
      make(format, LaneMap.assumed(new Random(1)), memory);
      List<String> sent = IntStream.range(0, 20).mapToObj(i -> "m" + i).toList();
      sent.forEach(text -> offer(intake("t", "k"), text, 0));
      accumulator.sealDue(1, 0);
      List<String> read = new ArrayList<>();
      for (EncodedBlock block : blocks()) {
        RecordReader.messages(block.bytes(), new RecordContext("t", block.partitionKey(), 0))
            .forEach(
                m -> {
                  assertThat(m.key()).isEqualTo("k");
                  read.add(new String(m.data(), StandardCharsets.UTF_8));
                });
      }
      assertThat(read).isEqualTo(sent);
    }
  }

  @Test
  void topicsOfAStreamAreBounded() {
    make(RecordFormat.FIREHOSE, LaneMap.assumed(new Random(1)), memory);
    for (int i = 0; i < Accumulator.MAX_TOPICS; i++) {
      assertThat(accumulator.admits("t" + i)).isTrue();
      accumulator.account("t" + i);
    }
    assertThat(accumulator.admits("one more")).isFalse();
    assertThat(accumulator.admits("t7")).isTrue();
  }
}
