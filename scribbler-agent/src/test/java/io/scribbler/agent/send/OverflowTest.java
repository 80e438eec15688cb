package io.scribbler.agent.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.batch.Identity;
import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.WhenFull;
import io.scribbler.agent.spool.Killed;
import io.scribbler.record.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes to disk and comes back: a real spool, a stepped sender, a stream that fails at will.
 */
class OverflowTest {
  @TempDir Path dir;
  private final List<Rig> rigs = new ArrayList<>();
  private final FakeStream stream = new FakeStream(1);

  @AfterEach
  void close() {
    rigs.forEach(Rig::close);
  }

  private Rig rig(Rig.Disk disk) {
    return rig(Rig.Options.DEFAULT.withDisk(disk));
  }

  private Rig rig(Rig.Options options) {
    Rig rig = new Rig(stream, options, 1);
    rigs.add(rig);
    return rig.ready();
  }

  private void down() {
    stream.requestFailure = records -> FakeStream.INTERNAL;
  }

  private void up() {
    stream.requestFailure = records -> null;
  }

  /** Offers messages that fill a record each, stepping so that memory can be made. */
  private static void fill(Rig rig, Intake intake, int from, int to) {
    for (int i = from; i < to; i++) {
      rig.offer(intake, Rig.large("m%04d".formatted(i)));
      rig.pass(20);
      assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
    }
  }

  private static List<String> names(List<Message> messages) {
    return messages.stream()
        .map(m -> new String(m.data(), 0, 5, StandardCharsets.US_ASCII))
        .toList();
  }

  private static List<String> expected(int from, int to) {
    return IntStream.range(from, to).mapToObj("m%04d"::formatted).toList();
  }

  @Test
  void anOutageLargerThanMemoryGoesToDiskAndComesBackOnceEach() {
    Rig rig = rig(Rig.Disk.at(dir));
    down();
    fill(rig, rig.intake(""), 0, 100); // five times the memory

    assertThat(rig.counts().onDisk().messages()).isGreaterThan(70);
    assertThat(rig.memory.used()).isLessThanOrEqualTo(rig.memory.limit());

    up();
    rig.drain();

    assertThat(names(stream.messages())).containsExactlyInAnyOrderElementsOf(expected(0, 100));
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
    assertThat(rig.counts().delivered().messages()).isEqualTo(100);
    assertThat(rig.memory.used()).isZero();
  }

  @Test
  void inOrderTheBacklogGoesFirst() {
    Rig rig = rig(Rig.Disk.at(dir).replayedInOrder());
    down();
    fill(rig, rig.intake(""), 0, 60);
    up();
    fill(rig, rig.intake(""), 60, 70);
    rig.drain();

    // Several requests are in flight at once, so neighbours may change places, nothing more.
    assertThat(names(stream.messages())).containsExactlyInAnyOrderElementsOf(expected(0, 70));
    assertThat(names(stream.messages()).indexOf("m0069")).isGreaterThan(65);
  }

  @Test
  void strictOrderHoldsOverAnOutageThatIsLargerThanMemory() {
    Rig rig = rig(Rig.Options.DEFAULT.withStrict().withDisk(Rig.Disk.at(dir)));
    down();
    fill(rig, rig.intake("k"), 0, 60);
    up();
    fill(rig, rig.intake("k"), 60, 80);
    rig.drain();

    assertThat(names(stream.messages())).containsExactlyElementsOf(expected(0, 80));
  }

  @Test
  void freshMessagesDoNotWaitForTheBacklog() {
    Rig rig = rig(Rig.Disk.at(dir));
    down();
    fill(rig, rig.intake(""), 0, 60);
    rig.pass(10_000);
    stream.requestFailure = records -> FakeStream.INTERNAL;
    up();
    rig.pass(6_000); // so that the pause after the failures is over
    int taken = stream.messages().size();
    rig.offer(rig.intake(""), "fresh");
    rig.drain();

    assertThat(taken).isPositive();
    assertThat(rig.counts().delivered().messages()).isEqualTo(61);
  }

  @Test
  void whatIsLeftAtTheEndIsOnDiskAndTheNextLifeDeliversItWithItsIdentity() throws Exception {
    Rig first = rig(Rig.Disk.at(dir));
    down();
    fill(first, first.intake(""), 0, 30);
    var drained = first.sender.drain();
    first.step();
    store(first);
    assertThat(drained).isNotDone();
    assertThat(first.counts().inMemory().messages()).isZero();
    assertThat(first.counts().onDisk().messages()).isEqualTo(30);
    assertThat(first.ledger.snapshot().imbalances()).isEmpty();
    closeSpool(first);

    up();
    Rig second = rig(Rig.Disk.at(dir).ofLife(8));
    second.drain();

    assertThat(second.counts().found().messages()).isEqualTo(30);
    assertThat(stream.taken)
        .allSatisfy(r -> assertThat(r.blocks().get(0).identity()).isEqualTo(new Identity("p", 7)));
    assertThat(second.counts().delivered().messages()).isEqualTo(30);
    assertThat(names(stream.messages())).containsExactlyInAnyOrderElementsOf(expected(0, 30));
    assertThat(stream.messages())
        .allSatisfy(m -> assertThat(m.epoch()).isEqualTo(7))
        .extracting(Message::sequence)
        .doesNotHaveDuplicates();
    assertThat(second.ledger.snapshot().imbalances()).isEmpty();
    closeSpool(second);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void strictOrderHoldsOverAStopWithARequestUnderWay() throws Exception {
    Rig.Options strict = Rig.Options.DEFAULT.withStrict();
    Rig first = rig(strict.withDisk(Rig.Disk.at(dir)));
    Intake intake = first.intake("k");
    for (int i = 0; i < 40; i++) { // no request is ever answered
      first.offer(intake, Rig.large("m%04d".formatted(i)));
      first.now += 20_000_000L;
      first.step();
      first.runDisk();
      first.step();
    }
    assertThat(first.requests).hasSize(1);
    assertThat(first.counts().onDisk().messages()).isPositive();
    var drained = first.sender.drain();
    store(first);
    assertThat(drained).isNotDone();
    closeSpool(first);

    Rig second = rig(strict.withDisk(Rig.Disk.at(dir).ofLife(8)));
    second.drain();

    assertThat(names(stream.messages())).containsExactlyElementsOf(expected(0, 40));
  }

  @Test
  void strictOrderHoldsOverAReshardDuringAnOutage() {
    Rig rig = rig(Rig.Options.DEFAULT.withStrict().withDisk(Rig.Disk.at(dir)));
    Intake[] keyed = {rig.intake("k1"), rig.intake("k2"), rig.intake("k3")};
    down();
    for (int i = 0; i < 45; i++) {
      rig.offer(keyed[i % 3], Rig.large("m%04d".formatted(i)));
      rig.pass(20);
    }
    assertThat(rig.counts().onDisk().messages()).isGreaterThan(15);
    stream.reshard("after", 4);
    rig.pass(40_000); // the look-up tells of it while all is down
    for (int i = 45; i < 90; i++) { // more than memory holds: it still goes to disk
      rig.offer(keyed[i % 3], Rig.large("m%04d".formatted(i)));
      rig.pass(20);
    }
    up();
    rig.passUntil(() -> !stream.taken.isEmpty());
    for (int i = 90; i < 105; i++) {
      rig.offer(keyed[i % 3], Rig.large("m%04d".formatted(i)));
      rig.pass(20);
    }
    rig.drain();

    List<String> all = names(stream.messages());
    assertThat(all).containsExactlyInAnyOrderElementsOf(expected(0, 105));
    for (int key = 0; key < 3; key++) {
      int k = key;
      assertThat(all.stream().filter(m -> Integer.parseInt(m.substring(1)) % 3 == k)).isSorted();
    }
    rig.pass(60_000);
    assertThat(rig.sender.lanes()).isEqualTo(4);
  }

  @Test
  void whatWaitsForTheLanesOfAReshardIsStoredAtAStopInOrder() {
    Rig rig = rig(Rig.Options.DEFAULT.withStrict().withDisk(Rig.Disk.at(dir)));
    Intake[] keyed = {rig.intake("k1"), rig.intake("k2"), rig.intake("k3")};
    down();
    for (int i = 0; i < 6; i++) { // little enough to stay in memory
      rig.offer(keyed[i % 3], Rig.large("m%04d".formatted(i)));
      rig.pass(20);
    }
    stream.reshard("after", 4);
    rig.pass(40_000); // the look-up tells of it while all is down
    for (int i = 6; i < 12; i++) {
      rig.offer(keyed[i % 3], Rig.large("m%04d".formatted(i)));
      rig.pass(20);
    }
    assertThat(rig.counts().onDisk().messages()).isZero();
    var drained = rig.sender.drain();
    rig.step();
    store(rig);
    assertThat(drained).isNotDone();
    Killed.kill(rig.spool);

    up();
    Rig next = rig(Rig.Options.DEFAULT.withStrict().withDisk(Rig.Disk.at(dir).ofLife(8)));
    next.drain();
    List<String> all = names(stream.messages());
    assertThat(all).containsExactlyInAnyOrderElementsOf(expected(0, 12));
    for (int key = 0; key < 3; key++) {
      int k = key;
      assertThat(all.stream().filter(m -> Integer.parseInt(m.substring(1)) % 3 == k)).isSorted();
    }
  }

  private static void store(Rig rig) {
    var stored = rig.sender.store();
    for (int i = 0; i < 100 && !stored.isDone(); i++) {
      rig.step();
      rig.runDisk();
    }
    assertThat(stored).isCompleted();
  }

  @Test
  void aKilledLifeIsNotDeliveredTwiceBeyondWhatWasUnderWay() {
    Rig first = rig(Rig.Disk.at(dir).replayedInOrder());
    down();
    fill(first, first.intake(""), 0, 60);
    up();
    first.passUntil(() -> stream.taken.size() >= 40);
    int taken = stream.taken.size();
    int lost = (int) first.counts().inMemory().messages(); // of those acknowledged from memory only
    Killed.kill(first.spool);

    Rig second = rig(Rig.Disk.at(dir).ofLife(8));
    second.drain();

    assertThat(stream.taken.size()).isLessThanOrEqualTo(60 + 20).isGreaterThan(60 - lost - 1);
    assertThat(second.counts().found().messages()).isLessThan(60 - taken + 20L);
  }

  private static void closeSpool(Rig rig) throws InterruptedException {
    Thread closing =
        new Thread(
            () -> {
              try {
                rig.spool.close();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    closing.start();
    while (closing.isAlive()) {
      Runnable task = rig.diskTasks.poll();
      if (task != null) {
        task.run();
      }
      closing.join(1);
    }
  }

  @Test
  void diskAcknowledgementsComeWhenTheDiskHasIt() {
    Rig rig = rig(Rig.Disk.at(dir));
    down();
    Intake intake = rig.intake("", Acks.DISK);
    rig.offer(intake, "one");
    long[] mark = new long[1];
    intake.mark(mark);
    rig.now += 200_000_000L;
    rig.step();

    assertThat(intake.safe(mark)).isFalse();

    rig.pass(20);
    assertThat(intake.safe(mark)).isTrue();
    assertThat(rig.counts().inMemory().messages()).isEqualTo(1);
    assertThat(rig.counts().onDisk().messages()).isZero();
  }

  @Test
  void streamAcknowledgementsWaitForTheStreamAlsoThroughTheDisk() {
    Rig rig = rig(Rig.Disk.at(dir));
    down();
    Intake intake = rig.intake("", Acks.STREAM);
    fill(rig, intake, 0, 40);
    long[] mark = new long[1];
    intake.mark(mark);

    assertThat(intake.safe(mark)).isFalse();

    up();
    rig.drain();
    assertThat(intake.safe(mark)).isTrue();
  }

  @Test
  void aCopyThatComesTooLateLeavesNothingBehind() throws Exception {
    Rig rig = rig(Rig.Disk.at(dir));
    rig.offer(rig.intake("", Acks.DISK), "one");
    var drained = rig.sender.drain();
    rig.step();
    rig.requests.remove().run(); // it is delivered while the disk is busy
    rig.step();
    assertThat(rig.counts().delivered().messages()).isEqualTo(1);
    assertThat(drained).isNotDone();

    rig.runDisk();
    rig.step();
    assertThat(drained).isDone();
    closeSpool(rig);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aHungDiskDoesNotStopDelivery() {
    Rig rig = rig(Rig.Disk.at(dir));
    Intake intake = rig.intake("", Acks.DISK);
    long[] mark = new long[1];
    for (int i = 0; i < 60; i++) { // three times the memory; no task of the disk is ever run
      rig.offer(intake, Rig.large("m%04d".formatted(i)));
      rig.now += 20_000_000L;
      rig.step();
      while (!rig.requests.isEmpty()) {
        rig.requests.remove().run();
      }
      rig.step();
    }
    intake.mark(mark);
    rig.now += 200_000_000L;
    rig.step();
    while (!rig.requests.isEmpty()) {
      rig.requests.remove().run();
      rig.step();
    }

    assertThat(rig.diskTasks).isNotEmpty();
    assertThat(names(stream.messages())).containsExactlyInAnyOrderElementsOf(expected(0, 60));
    assertThat(intake.safe(mark)).as("the stream has it").isTrue();
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
    assertThat(rig.memory.used()).isZero();
  }

  @Test
  void aFullSpoolBlocksAndLosesNothing() {
    Rig rig = rig(Rig.Disk.at(dir).withMaxBytes(1 << 20, WhenFull.BLOCK));
    down();
    Intake intake = rig.intake("");
    int taken = 0;
    while (rig.tryOffer(intake, Rig.large("m%04d".formatted(taken)))) {
      taken++;
      rig.pass(20);
    }
    assertThat(taken).isBetween(30, 42);
    assertThat(rig.spoolTrouble).anyMatch(line -> line.contains("spool.max-size"));
    assertThat(rig.spool.gauge().full()).isTrue();

    up();
    rig.drain();
    assertThat(names(stream.messages())).containsExactlyInAnyOrderElementsOf(expected(0, taken));
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
  }

  @Test
  void droppingTheNewestKeepsTheOldest() {
    Rig rig = rig(Rig.Disk.at(dir).withMaxBytes(1 << 20, WhenFull.DROP_NEWEST));
    down();
    fill(rig, rig.intake(""), 0, 100);
    up();
    rig.drain();

    long dropped = rig.counts().dropped().get(Overflow.SPOOL_FULL).messages();
    assertThat(dropped).isBetween(50L, 75L);
    assertThat(names(stream.messages())).contains("m0000", "m0010").hasSize(100 - (int) dropped);
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
  }

  @Test
  void droppingTheOldestKeepsTheNewest() {
    Rig rig = rig(Rig.Disk.at(dir).withMaxBytes(1 << 20, WhenFull.DROP_OLDEST));
    down();
    fill(rig, rig.intake(""), 0, 100);
    up();
    rig.drain();

    long dropped = rig.counts().dropped().get(Overflow.SPOOL_FULL).messages();
    assertThat(dropped).isBetween(50L, 80L);
    assertThat(names(stream.messages())).contains("m0099", "m0095").hasSize(100 - (int) dropped);
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
  }

  @Test
  void aHotLaneGoesToDiskAndTheOthersGoOn() {
    FakeStream two = new FakeStream(2);
    Rig rig = new Rig(two, Rig.Options.DEFAULT.withDisk(Rig.Disk.at(dir)), 1);
    rigs.add(rig.ready());
    String hot = two.shards.get(0).shardId();
    two.recordFailure = r -> two.shardOf(r).equals(hot) ? FakeStream.THROTTLED : null;
    Intake[] keyed = {rig.intake(keyOf(two, 0)), rig.intake(keyOf(two, 1))};
    for (int i = 0; i < 60; i++) {
      rig.offer(keyed[0], Rig.large("hot"));
      rig.offer(keyed[1], Rig.large("cold"));
      rig.pass(50);
    }

    long cold = two.taken.size();
    assertThat(cold).isGreaterThan(55);
    assertThat(rig.counts().onDisk().messages()).isGreaterThan(30);

    two.recordFailure = r -> null;
    rig.drain();
    assertThat(rig.counts().delivered().messages()).isEqualTo(120);
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
  }

  @Test
  void whatAHotLaneKeepsInManySegmentsIsCopiedForward() {
    FakeStream two = new FakeStream(2);
    Rig.Disk disk = Rig.Disk.at(dir).withMaxBytes(8 << 20, WhenFull.BLOCK); // of eight segments
    Rig rig = new Rig(two, Rig.Options.DEFAULT.withDisk(disk), 1);
    rigs.add(rig.ready());
    two.requestFailure = records -> FakeStream.INTERNAL;
    Intake hotOne = rig.intake(keyOf(two, 0));
    Intake coldOne = rig.intake(keyOf(two, 1));
    for (int i = 0; i < 160; i++) {
      rig.offer(i % 6 == 0 ? hotOne : coldOne, Rig.large("m%04d".formatted(i)));
      rig.pass(20);
    }
    String hot = two.shards.get(0).shardId();
    two.requestFailure = records -> null;
    two.recordFailure = r -> two.shardOf(r).equals(hot) ? FakeStream.THROTTLED : null;
    rig.passUntil(() -> rig.counts().delivered().messages() == 133); // all that is not hot
    long before = rig.spool.gauge().usedBytes();
    long spooled = rig.counts().spooled().messages();
    rig.pass(10_000); // one look, which goes on until half is free

    assertThat(before).isGreaterThan(5_500_000);
    assertThat(rig.spool.gauge().usedBytes()).isLessThanOrEqualTo(4 << 20);
    assertThat(rig.counts().spooled().messages()).as("written again").isGreaterThan(spooled + 4);
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
    two.recordFailure = r -> null;
    rig.drain();
    assertThat(names(two.messages())).containsExactlyInAnyOrderElementsOf(expected(0, 160));
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
    assertThat(rig.memory.used()).isZero();
  }

  /** A key that falls into a shard. */
  private static String keyOf(FakeStream stream, int shard) {
    for (int i = 0; ; i++) {
      String key = "key" + i;
      SealedRecord record = new SealedRecord(new byte[0], key, "0", true, List.of(), 0);
      if (stream.shardOf(record).equals(stream.shards.get(shard).shardId())) {
        return key;
      }
    }
  }

  @Test
  void aPoisonRecordIsFoundAmongTheOthersWhichAllArriveOnce() {
    Rig rig = rig(Rig.Options.DEFAULT.withLimits(1, 500, 10 << 20));
    stream.requestFailure =
        records ->
            names(messages(records)).contains("m0042")
                ? new RecordPutter.Failure(RecordPutter.Kind.REFUSED, "InvalidArgument: no")
                : null;
    Intake intake = rig.intake("");
    for (int i = 0; i < 100; i++) {
      rig.offer(intake, Rig.large("m%04d".formatted(i)));
    }
    rig.drain();

    assertThat(rig.refused).hasSize(1);
    assertThat(names(messages(rig.refused))).containsExactly("m0042");
    List<String> others = new ArrayList<>(expected(0, 100));
    others.remove("m0042");
    assertThat(names(stream.messages())).containsExactlyInAnyOrderElementsOf(others);
    assertThat(rig.counts().deadLettered().get("refused").messages()).isEqualTo(1);
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
  }

  @Test
  void aRefusalOfEverythingIsHeldAndNothingIsDeadLettered() {
    Rig rig = rig(Rig.Options.DEFAULT.withLimits(1, 500, 10 << 20));
    stream.requestFailure =
        records -> new RecordPutter.Failure(RecordPutter.Kind.REFUSED, "InvalidArgument: no");
    Intake intake = rig.intake("");
    for (int i = 0; i < 40; i++) {
      rig.offer(intake, Rig.large("m%04d".formatted(i)));
    }
    rig.pass(60_000);

    assertThat(rig.refused).isEmpty();
    assertThat(rig.sender.deliveryUp()).isFalse();
    assertThat(stream.requests).hasSizeLessThan(400);
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();

    up();
    rig.drain();
    assertThat(names(stream.messages())).containsExactlyInAnyOrderElementsOf(expected(0, 40));
  }

  private static List<Message> messages(List<SealedRecord> records) {
    FakeStream each = new FakeStream(1);
    each.taken.addAll(records);
    return each.messages();
  }
}
