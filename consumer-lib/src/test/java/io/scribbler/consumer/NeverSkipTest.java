package io.scribbler.consumer;

import static io.scribbler.consumer.PipelineRig.SOON;
import static io.scribbler.consumer.PipelineRig.number;
import static io.scribbler.consumer.PipelineRig.options;
import static io.scribbler.consumer.PipelineRig.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.scribbler.Streams;
import io.scribbler.consumer.ConsumerHealth.ShardState;
import io.scribbler.consumer.PipelineRig.Letters;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.record.Codec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Nothing is committed past a message that was not handled or parked, whatever a handler does. */
@Timeout(60)
final class NeverSkipTest {
  private final Letters letters = new Letters();
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();

  private static boolean isThousandth(String text) {
    return Integer.parseInt(text.substring("text-".length())) % 1000 == 999;
  }

  private static List<String> thousandths(int count) {
    return texts(0, count).stream().filter(NeverSkipTest::isThousandth).toList();
  }

  private static List<String> others(int count) {
    return texts(0, count).stream().filter(text -> !isThousandth(text)).toList();
  }

  private static void giveTenThousand(PipelineRig rig) {
    for (int i = 0; i < 20; i++) {
      rig.give(rig.messages(500));
    }
    // One more: a message that fails with nothing behind it waits for something to be told by.
    rig.give(rig.messages(1));
    rig.awaitCommit(21, 1);
  }

  @Test
  void everyThousandthMessageFailsAndExactlyThoseAreParkedTheOthersHandledOnce() {
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.park(letters))
            .onMessage(
                message -> {
                  if (isThousandth(message.text())) {
                    throw new IllegalStateException("bad: " + message.text());
                  }
                  handled.add(message.text());
                })
            .start()) {
      giveTenThousand(rig);
      assertThat(letters.texts()).containsExactlyElementsOf(thousandths(10_000));
      assertThat(letters.all).allMatch(letter -> letter.cause().equals("bad: " + letter.text()));
      assertThat(letters.all.peek().position()).isEqualTo(new Position(number(2), 500));
      assertThat(handled).hasSize(9_991).containsExactlyInAnyOrderElementsOf(others(10_001));
      assertThat(rig.counters().parked.sum()).isEqualTo(10);
      assertThat(rig.shard.health().state()).isEqualTo(ShardState.RUNNING);
    }
  }

  @Test
  void aBatchThatHasAllOrNothingIsHalvedToTheMessageThatFails() {
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.park(letters).withAttempts(2))
            .onBatch(
                batch -> {
                  List<String> transaction = new ArrayList<>();
                  for (ConsumerMessage message : batch) {
                    if (isThousandth(message.text())) {
                      throw new IllegalStateException("bad");
                    }
                    transaction.add(message.text());
                  }
                  handled.addAll(transaction);
                })
            .start()) {
      giveTenThousand(rig);
      assertThat(letters.texts()).containsExactlyElementsOf(thousandths(10_000));
      assertThat(handled).hasSize(9_991).containsExactlyInAnyOrderElementsOf(others(10_001));
    }
  }

  @Test
  void anOutageIsWaitedOutAndParksNothing() {
    AtomicBoolean down = new AtomicBoolean(true);
    AtomicInteger calls = new AtomicInteger();
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.park(letters).withAttempts(2))
            .onMessage(
                message -> {
                  calls.incrementAndGet();
                  if (down.get()) {
                    throw new IllegalStateException("the warehouse is down");
                  }
                  handled.add(message.text());
                })
            .start()) {
      rig.give(rig.messages(50));
      rig.give(rig.messages(50));
      await().atMost(SOON).until(() -> calls.get() > 500);
      assertThat(rig.shard.health().state()).isEqualTo(ShardState.HOLDING);
      assertThat(rig.shard.health().reason()).contains("the warehouse is down");
      assertThat(rig.lastCommit()).isEmpty();
      down.set(false);
      rig.awaitCommit(2, 50);
      assertThat(letters.all).isEmpty();
      assertThat(handled).containsExactlyInAnyOrderElementsOf(texts(0, 100)).hasSize(100);
      assertThat(rig.shard.health().state()).isEqualTo(ShardState.RUNNING);
    }
  }

  @Test
  void aLoneMessageThatFailsWaitsForAnotherToTellItFromAnOutage() {
    AtomicInteger calls = new AtomicInteger();
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.park(letters).withAttempts(2))
            .onMessage(
                message -> {
                  calls.incrementAndGet();
                  if (message.text().equals("text-0")) {
                    throw new IllegalStateException("bad");
                  }
                  handled.add(message.text());
                })
            .start()) {
      rig.give(rig.messages(1));
      await().atMost(SOON).until(() -> calls.get() > 50);
      assertThat(letters.all).isEmpty();
      rig.give(rig.messages(1));
      rig.awaitCommit(2, 1);
      assertThat(letters.texts()).containsExactly("text-0");
      assertThat(handled).containsExactly("text-1");
    }
  }

  @Test
  void errorsAndInterruptsAreFailuresLikeAnyOther() {
    AtomicInteger calls = new AtomicInteger();
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.retry())
            .onMessage(
                message -> {
                  switch (calls.incrementAndGet()) {
                    case 1 -> throw new AssertionError("an error");
                    case 2 -> throw new OutOfMemoryError("as it were");
                    case 3 -> throw new InterruptedException("interrupted");
                    case 4 -> {
                      Thread.currentThread().interrupt();
                      throw new StackOverflowError();
                    }
                    default -> handled.add(message.text());
                  }
                })
            .start()) {
      rig.give(rig.messages(3));
      rig.awaitCommit(1, 3);
      assertThat(handled).containsExactlyElementsOf(texts(0, 3));
      assertThat(rig.counters().failures.sum()).isEqualTo(4);
    }
  }

  @Test
  void aHandlerThatTakesTooLongIsInterruptedAndCalledAgain() {
    AtomicInteger calls = new AtomicInteger();
    PipelineRig.Options options =
        options()
            .retry(RetryPolicy.retry())
            .onMessage(
                message -> {
                  if (calls.incrementAndGet() == 1) {
                    new CountDownLatch(1).await();
                  }
                  handled.add(message.text());
                });
    options.timeout = Duration.ofMillis(50);
    try (PipelineRig rig = options.start()) {
      rig.give(rig.messages(2));
      await()
          .atMost(SOON)
          .until(
              () -> {
                rig.shard.checkTimeouts();
                return handled.size() == 2;
              });
      rig.awaitCommit(1, 2);
      assertThat(rig.counters().failures.sum()).isEqualTo(1);
    }
  }

  @Test
  void aShardThatIsToStopStopsBeforeTheMessageAndSaysSo() {
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.stopShard().withAttempts(2))
            .onMessage(
                message -> {
                  if (message.text().equals("text-7")) {
                    throw new IllegalStateException("bad");
                  }
                  handled.add(message.text());
                })
            .start()) {
      rig.give(rig.messages(5));
      rig.give(rig.messages(5));
      await().atMost(SOON).until(() -> rig.shard.health().state() == ShardState.STOPPED);
      assertThat(rig.shard.health().reason()).contains("bad").contains(number(2) + "/3");
      assertThat(handled).containsExactlyElementsOf(texts(0, 7));
      assertThat(rig.lastCommit()).contains(new Position(number(1), 5));
      assertThat(rig.shard.hasRoom()).isFalse();
      await().atMost(SOON).until(() -> rig.core().decoded().used() == 0);
    }
  }

  @Test
  void aRecordThatCannotBeReadIsParkedWholeAndTheOthersAreHandled() {
    byte[] broken = Streams.record(Streams.block(Codec.ZSTD, "t", 0, List.of("lost")));
    broken[broken.length - 3] ^= 0x55;
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.park(letters))
            .onMessage(message -> handled.add(message.text()))
            .start()) {
      rig.give(rig.messages(2), rig.record(broken), rig.messages(2));
      rig.awaitCommit(3, 2);
      assertThat(handled).containsExactlyElementsOf(texts(0, 4));
      assertThat(letters.all).hasSize(1);
      assertThat(letters.all.peek().bytes()).isEqualTo(broken);
      assertThat(letters.all.peek().position()).isEqualTo(new Position(number(2), 1));
      assertThat(letters.all.peek().cause()).contains("checksum");
    }
  }

  @Test
  void withoutAPlaceForItARecordThatCannotBeReadHoldsUpItsShard() {
    byte[] broken = {(byte) 0xF1, 0x5C, 9, 0};
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.retry())
            .onMessage(message -> handled.add(message.text()))
            .start()) {
      rig.give(rig.messages(2), rig.record(broken), rig.messages(2));
      await().atMost(SOON).until(() -> rig.shard.health().state() == ShardState.HOLDING);
      assertThat(rig.shard.health().reason()).contains("version 9");
      assertThat(handled).containsExactlyElementsOf(texts(0, 2));
      rig.awaitCommit(1, 2);
    }
  }

  @Test
  void deadLettersThatCannotBeKeptAreTriedAgain() {
    letters.failing.set(3);
    try (PipelineRig rig =
        options()
            .retry(RetryPolicy.park(letters).withAttempts(1))
            .onMessage(
                message -> {
                  if (message.text().equals("text-1")) {
                    throw new IllegalStateException("bad");
                  }
                  handled.add(message.text());
                })
            .start()) {
      rig.give(rig.messages(3));
      rig.awaitCommit(1, 3);
      assertThat(letters.texts()).containsExactly("text-1");
    }
  }

  @Test
  void aStoreThatFailsIsAskedAgainAndThatIsSaidOnce() {
    Logger logger = (Logger) LoggerFactory.getLogger(Committer.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    try (PipelineRig rig = options().onMessage(message -> handled.add(message.text())).start()) {
      rig.failingCommits.set(3);
      rig.give(rig.messages(3));
      rig.awaitCommit(1, 3);
      assertThat(rig.commits).hasSize(1);
      assertThat(said.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .singleElement()
          .asString()
          .contains("could not be stored")
          .contains("the store is down");
    } finally {
      logger.detachAppender(said);
    }
  }

  @Test
  void whateverFailsAtRandomNothingIsSkippedAndCommitsNeverGoAhead() {
    Random random = new Random(20261124);
    Set<String> poison = ConcurrentHashMap.newKeySet();
    IntStream.range(0, 2000)
        .filter(i -> random.nextInt(100) == 0)
        .forEach(i -> poison.add("text-" + i));
    Set<String> once = ConcurrentHashMap.newKeySet();
    Random dice = new Random(1);
    PipelineRig.Options options =
        options()
            .retry(RetryPolicy.park(letters).withAttempts(2))
            .onBatch(
                batch -> {
                  int done = 0;
                  for (ConsumerMessage message : batch) {
                    if (poison.contains(message.text())) {
                      throw new IllegalStateException("bad");
                    }
                    if (dice.nextInt(200) == 0) {
                      throw new Error("bad luck");
                    }
                    once.add(message.text());
                    if (dice.nextInt(10) == 0) {
                      batch.done(++done);
                    } else {
                      done++;
                    }
                  }
                });
    options.batchMessages = 64;
    try (PipelineRig rig = options.start()) {
      for (int i = 0; i < 40; i++) {
        rig.give(rig.messages(50));
        Position last = rig.lastCommit().orElse(null);
        if (last != null) {
          int records = Integer.parseInt(last.sequenceNumber().substring(4));
          int before = (records - 1) * 50 + (int) last.messages();
          Set<String> known = ConcurrentHashMap.newKeySet();
          known.addAll(once);
          known.addAll(letters.texts());
          assertThat(known).containsAll(texts(0, before));
        }
      }
      rig.awaitCommit(40, 50);
      assertThat(once).doesNotContainAnyElementsOf(poison);
      assertThat(letters.texts()).containsAll(poison);
      Set<String> all = ConcurrentHashMap.newKeySet();
      all.addAll(once);
      all.addAll(letters.texts());
      assertThat(all).hasSize(2000);
    }
  }

  @Test
  void aPositionThatTheStreamNoLongerHasStopsTheShard() {
    PipelineRig.Options options = options().onMessage(message -> handled.add(message.text()));
    options.checkpoint = stored(Instant.now().minus(Duration.ofHours(25)));
    try (PipelineRig rig = options.start()) {
      Thread engine = new Thread(() -> rig.give(rig.messages(3)));
      engine.start();
      await().atMost(SOON).until(() -> rig.shard.health().state() == ShardState.STOPPED);
      assertThat(rig.shard.health().reason()).contains("no longer has position").contains("reset");
      assertThat(handled).isEmpty();
      assertThat(rig.lastCommit()).isEmpty();
    }
  }

  @Test
  void orGoesOnIfThatIsWantedAndCountsTheGap() {
    PipelineRig.Options options = options().onMessage(message -> handled.add(message.text()));
    options.checkpoint = stored(Instant.now().minus(Duration.ofHours(25)));
    options.gaps = GapPolicy.CONTINUE;
    try (PipelineRig rig = options.start()) {
      rig.give(rig.messages(3));
      rig.awaitCommit(1, 3);
      assertThat(handled).hasSize(3);
      assertThat(rig.counters().gaps.sum()).isEqualTo(1);
    }
  }

  @Test
  void aShardThatWasQuietForLongIsNoGap() {
    PipelineRig.Options options = options().onMessage(message -> handled.add(message.text()));
    options.checkpoint = stored(Instant.now().minus(Duration.ofHours(1)));
    try (PipelineRig rig = options.start()) {
      rig.give(rig.messages(3));
      rig.awaitCommit(1, 3);
      assertThat(rig.counters().gaps.sum()).isZero();
    }
  }

  @Test
  void whetherAPositionIsPastItsRetentionIsToldByTheClockOfKinesis() {
    PipelineRig.Options options = options().onMessage(message -> handled.add(message.text()));
    options.checkpoint = stored(Instant.now().minus(Duration.ofHours(20)));
    try (PipelineRig rig = options.start()) {
      // The host's clock is ten hours slow: it was thirty hours ago.
      rig.core().serviceTime(Instant.now().plus(Duration.ofHours(10)));
      Thread engine = new Thread(() -> rig.give(rig.messages(3)));
      engine.start();
      await().atMost(SOON).until(() -> rig.shard.health().state() == ShardState.STOPPED);
    }
    handled.clear();
    options.checkpoint = stored(Instant.now().minus(Duration.ofHours(30)));
    try (PipelineRig rig = options.start()) {
      // The host's clock is ten hours ahead: it was twenty hours ago.
      rig.core().serviceTime(Instant.now().minus(Duration.ofHours(10)));
      rig.give(rig.messages(3));
      rig.awaitCommit(1, 3);
      assertThat(rig.counters().gaps.sum()).isZero();
    }
  }

  @Test
  void aThreadThatDiesInTheLibraryStopsTheShardAndCommitsNothingMore() {
    PipelineRig.Options options = options().onMessage(message -> handled.add(message.text()));
    options.topics = List.of("t");
    try (PipelineRig rig = options.start()) {
      rig.fatalCommits.set(Integer.MAX_VALUE);
      rig.give(rig.messages(1));
      await().atMost(SOON).until(() -> rig.core().failure().isPresent());
      assertThat(rig.shard.health().state()).isEqualTo(ShardState.STOPPED);
      rig.fatalCommits.set(0);
      rig.give(rig.record(Streams.record(rig.block("other", 1))));
      rig.shard.commitIfDue();
      assertThat(rig.commits).isEmpty();
    }
  }

  /** A checkpoint at a record that does not come. */
  private static Checkpoint stored(Instant upTo) {
    return new Checkpoint(new Position(number(0), 7), null, new byte[0], upTo, new byte[0]);
  }

  @Test
  void whatIsDrainedIsHandledAndCommittedAndWhatIsLostIsNot() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    try (PipelineRig rig =
        options()
            .onMessage(
                message -> {
                  go.await();
                  handled.add(message.text());
                })
            .start()) {
      rig.give(rig.messages(4));
      go.countDown();
      assertThat(rig.shard.drain(Duration.ofSeconds(20))).isTrue();
      assertThat(handled).hasSize(4);
      assertThat(rig.lastCommit()).contains(new Position(number(1), 4));
    }
    CountDownLatch never = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    try (PipelineRig rig =
        options()
            .onMessage(
                message -> {
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    interrupted.set(true);
                    throw e;
                  }
                })
            .start()) {
      rig.give(rig.messages(4));
      assertThat(rig.shard.drain(Duration.ofMillis(50))).isFalse();
      await().atMost(SOON).untilTrue(interrupted);
      assertThat(rig.lastCommit()).isEmpty();
      await().atMost(SOON).until(() -> rig.core().decoded().used() == 0);
    }
  }
}
