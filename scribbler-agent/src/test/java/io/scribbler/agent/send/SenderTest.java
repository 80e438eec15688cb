package io.scribbler.agent.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import io.scribbler.agent.shard.HashKey;
import io.scribbler.record.Message;
import io.scribbler.record.RecordFormat;
import io.scribbler.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SenderTest {
  private FakeStream stream = new FakeStream(2);
  private Rig rig;

  private Rig rig(Rig.Options options) {
    rig = new Rig(stream, options, 1);
    return rig;
  }

  /** Whatever happened, the books balance, and what was taken from memory is given back. */
  @AfterEach
  void booksBalance() {
    rig.stream.requestFailure = records -> null;
    rig.stream.recordFailure = record -> null;
    rig.stream.shardsFailure = null;
    rig.drain();
    assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
    assertThat(rig.counts().inMemory().messages()).isZero();
    assertThat(rig.counts().delivered().messages()).isEqualTo(stream.messages().size());
    assertThat(rig.memory.used()).isZero();
    assertThat(rig.sender.oldestUnsentAgeSeconds()).isZero();
    rig.close();
  }

  private static String head(byte[] data) {
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return new String(data, 0, end, StandardCharsets.UTF_8);
  }

  private List<String> texts() {
    return stream.messages().stream().map(m -> head(m.data())).toList();
  }

  @Test
  void messageWaitsForTheLingerAndNoLonger() {
    rig(Rig.Options.DEFAULT).ready();
    rig.offer(rig.intake(""), "one");
    rig.now += 99_000_000L;
    rig.step();
    assertThat(rig.requests).isEmpty();
    assertThat(rig.sender.oldestUnsentAgeSeconds()).isEqualTo(0.099);
    rig.now += 1_000_000L;
    rig.step();
    rig.runAll();
    assertThat(texts()).containsExactly("one");
  }

  @Test
  void onlyTheRecordsThatFailedGoAgain() {
    rig(Rig.Options.DEFAULT).ready();
    Intake intake = rig.intake("");
    Set<SealedRecord> failed = new HashSet<>();
    stream.recordFailure =
        record -> failed.size() < 3 && failed.add(record) ? FakeStream.INTERNAL : null;
    for (int i = 0; i < 10; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(5_000);
    assertThat(texts()).hasSize(10).doesNotHaveDuplicates();
    List<SealedRecord> sent = new ArrayList<>();
    stream.requests.forEach(sent::addAll);
    assertThat(sent).hasSize(13);
    assertThat(failed).allSatisfy(r -> assertThat(sent.stream().filter(s -> s == r)).hasSize(2));
  }

  @Test
  void whatFailedGoesBackInTheOrderThatItHad() {
    stream = new FakeStream(1);
    rig(Rig.Options.DEFAULT.withLimits(1, 500, 10 << 20)).ready();
    Intake intake = rig.intake("k");
    Set<SealedRecord> seen = new HashSet<>();
    stream.recordFailure = record -> seen.add(record) ? FakeStream.INTERNAL : null;
    for (int i = 0; i < 6; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(5_000);
    assertThat(texts()).containsExactly("m0", "m1", "m2", "m3", "m4", "m5");
  }

  @Test
  void requestsKeepTheLimitsOfRecordsAndBytes() {
    rig(Rig.Options.DEFAULT.withLimits(4, 3, 10 << 20)).ready();
    Intake intake = rig.intake("");
    for (int i = 0; i < 10; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(1_000);
    assertThat(stream.requests).allSatisfy(r -> assertThat(r.size()).isBetween(1, 3));
    assertThat(stream.requests).anySatisfy(r -> assertThat(r).hasSize(3));
  }

  @Test
  void partitionKeysCountForTheBytesOfARequest() {
    SealedRecord record = new SealedRecord(new byte[10], "ké", "1", true, List.of(), 0);
    assertThat(record.size()).isEqualTo(13);
    rig(Rig.Options.DEFAULT.withLimits(4, 500, 120_000)).ready();
    Intake intake = rig.intake("");
    for (int i = 0; i < 10; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(1_000);
    assertThat(stream.requests)
        .allSatisfy(
            r -> {
              assertThat(r.stream().mapToInt(SealedRecord::size).sum())
                  .isLessThanOrEqualTo(120_000);
            });
    assertThat(stream.requests).anySatisfy(r -> assertThat(r).hasSize(2));
  }

  @Test
  void failureOfAWholeRequestHalvesTheWindowAndBacksOffAndLosesNothing() {
    rig(Rig.Options.DEFAULT.withLimits(8, 1, 10 << 20)).ready();
    Intake intake = rig.intake("");
    for (int i = 0; i < 200; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    assertThat(mostInFlightAtOnce()).isEqualTo(2);
    int grown = 0;
    for (int i = 0; i < 12; i++) {
      grown = Math.max(grown, mostInFlightAtOnce());
    }
    assertThat(grown).isGreaterThanOrEqualTo(4);
    stream.requestFailure = records -> FakeStream.INTERNAL;
    rig.runAll();
    rig.step();
    int requests = stream.requests.size();
    rig.now += 40_000_000L;
    rig.step();
    assertThat(rig.requests).as("paused for at least 50 ms").isEmpty();
    assertThat(stream.requests).hasSize(requests);
    assertThat(rig.sender.deliveryUp()).isFalse();
    rig.now += 5_000_000_000L;
    rig.step();
    assertThat(rig.requests).as("one at a time while it is down").hasSize(1);
    stream.requestFailure = records -> null;
    rig.pass(10_000);
    assertThat(texts()).hasSize(200).doesNotHaveDuplicates();
    assertThat(rig.sender.deliveryUp()).isTrue();
  }

  /** Fills the window, and then lets all be answered. */
  private int mostInFlightAtOnce() {
    rig.step();
    int inFlight = rig.requests.size();
    rig.runAll();
    rig.sender.runOnce();
    return Math.max(inFlight, rig.requests.size());
  }

  @Test
  void whatAnOperatorMustMendIsProbedWithOneRequestAndNothingIsLost() {
    rig(Rig.Options.DEFAULT.withLimits(8, 1, 10 << 20)).ready();
    Intake intake = rig.intake("");
    stream.requestFailure = records -> FakeStream.DENIED;
    for (int i = 0; i < 20; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(1_000);
    int before = stream.requests.size();
    rig.pass(60_000);
    assertThat(stream.requests.size() - before).isBetween(5, 25);
    assertThat(rig.told).isNotEmpty().allMatch(f -> f.kind() == Kind.HOLD);
    assertThat(rig.counts().inMemory().messages()).isEqualTo(20);
    stream.requestFailure = records -> null;
    rig.pass(15_000);
    assertThat(texts()).hasSize(20).doesNotHaveDuplicates();
    assertThat(rig.news).contains("delivery goes on");
  }

  @Test
  void throttledLaneIsPacedAndTheOthersAreNotSlowed() {
    rig(Rig.Options.DEFAULT).ready();
    String throttledShard = "shard-0";
    // The shard takes what a token bucket of 200 KB/s lets through.
    double[] bucket = {200_000, rig.now};
    stream.recordFailure =
        record -> {
          if (!stream.shardOf(record).equals(throttledShard)) {
            return null;
          }
          bucket[0] = Math.min(200_000, bucket[0] + (rig.now - bucket[1]) / 1e9 * 200_000);
          bucket[1] = rig.now;
          if (bucket[0] < record.size()) {
            return FakeStream.THROTTLED;
          }
          bucket[0] -= record.size();
          return null;
        };
    Intake[] keyed = {rig.intake(keyOf(0)), rig.intake(keyOf(1))};
    for (int i = 0; i < 100; i++) {
      rig.offer(keyed[0], Rig.large("slow" + i));
      rig.offer(keyed[1], Rig.large("fast" + i));
    }
    rig.pass(1_500);
    assertThat(texts().stream().filter(t -> t.startsWith("fast"))).hasSize(100);
    assertThat(rig.sender.deliveryUp()).isTrue();
    long start = rig.now;
    int before = texts().size();
    int sentBefore = stream.requests.stream().mapToInt(List::size).sum();
    rig.pass(10_000);
    double rate = (texts().size() - before) * 50_000.0 / ((rig.now - start) / 1e9);
    assertThat(rate).isBetween(130_000.0, 210_000.0);
    int sent = stream.requests.stream().mapToInt(List::size).sum() - sentBefore;
    assertThat(sent - (texts().size() - before)).as("records sent in vain").isLessThan(40);
  }

  /** A key whose hash falls into that one of two shards. */
  private String keyOf(int shard) {
    var md5 = HashKey.newDigest();
    for (int i = 0; ; i++) {
      int top = md5.digest(("k" + i).getBytes(StandardCharsets.UTF_8))[0] & 0x80;
      if ((top == 0) == (shard == 0)) {
        return "k" + i;
      }
    }
  }

  @Test
  void unkeyedBlocksFillOneLaneAtATime() {
    stream = new FakeStream(16);
    rig(Rig.Options.DEFAULT).ready();
    Intake intake = rig.intake("");
    for (int i = 0; i < 40; i++) {
      rig.offer(intake, "x".repeat(4_000));
    }
    rig.pass(200);
    assertThat(stream.taken.size()).isBetween(4, 5);
    assertThat(stream.taken.get(0).blocks().size()).isGreaterThan(10);
    assertThat(Set.copyOf(stream.takenShards)).hasSize(stream.taken.size());
  }

  @Test
  void keyedMessagesGoToTheShardOfTheirKey() {
    rig(Rig.Options.DEFAULT).ready();
    for (int shard = 0; shard < 2; shard++) {
      rig.offer(rig.intake(keyOf(shard)), "for " + shard);
    }
    rig.pass(200);
    assertThat(stream.taken).hasSize(2);
    for (int i = 0; i < 2; i++) {
      Message message = RecordReader.messages(stream.taken.get(i).data()).iterator().next();
      assertThat("shard-" + head(message.data()).substring(4)).isEqualTo(stream.takenShards.get(i));
    }
  }

  @Test
  void relaxedReshardMovesWhatWaitsAtOnce() {
    rig(Rig.Options.DEFAULT).ready();
    stream.requestFailure = records -> FakeStream.INTERNAL;
    Intake intake = rig.intake("");
    for (int i = 0; i < 30; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(1_000);
    stream.reshard("child", 8);
    rig.pass(40_000);
    assertThat(rig.sender.lanes()).isEqualTo(8);
    assertThat(rig.counts().inMemory().messages()).isEqualTo(30);
    stream.requestFailure = records -> null;
    rig.pass(20_000);
    assertThat(texts()).hasSize(30).doesNotHaveDuplicates();
    for (int i = 0; i < 8; i++) {
      rig.offer(intake, Rig.large("after" + i));
    }
    int before = stream.takenShards.size();
    rig.pass(1_000);
    List<String> after = stream.takenShards.subList(before, stream.takenShards.size());
    assertThat(Set.copyOf(after)).hasSize(8);
  }

  @Test
  void reshardIsNoticedSoonWhenRecordsFallIntoOtherShards() {
    rig(Rig.Options.DEFAULT).ready();
    rig.pass(2_000);
    stream.reshard("child", 4);
    Intake intake = rig.intake("");
    rig.offer(intake, "one");
    rig.pass(2_000);
    assertThat(rig.sender.lanes()).isEqualTo(4);
  }

  @Test
  void strictReshardDeliversAllOfBeforeFirst() {
    stream = new FakeStream(1);
    rig(Rig.Options.DEFAULT.withStrict()).ready();
    Intake intake = rig.intake("k");
    boolean[] failing = {true};
    stream.recordFailure = record -> failing[0] ? FakeStream.INTERNAL : null;
    for (int i = 0; i < 5; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(500);
    stream.reshard("child", 4);
    rig.pass(40_000);
    for (int i = 5; i < 10; i++) {
      rig.offer(intake, Rig.large("m" + i));
    }
    rig.pass(1_000);
    assertThat(rig.sender.lanes()).as("still those of before").isEqualTo(1);
    assertThat(texts()).isEmpty();
    failing[0] = false;
    rig.pass(20_000);
    assertThat(rig.sender.lanes()).isEqualTo(4);
    assertThat(texts()).containsExactly("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9");
    assertThat(stream.requests).allSatisfy(r -> assertThat(r).hasSize(1));
  }

  @Test
  void whereShardsMayNotBeListedLanesAreAssumedAndItSaysSo() {
    stream.shardsFailure = FakeStream.DENIED;
    rig(Rig.Options.DEFAULT).ready();
    rig.offer(rig.intake(""), "one");
    rig.offer(rig.intake("k"), "two");
    rig.pass(500);
    assertThat(texts()).containsExactlyInAnyOrder("one", "two");
    assertThat(rig.news).anySatisfy(line -> assertThat(line).contains("kinesis:ListShards"));
  }

  @Test
  void whereShardsCanNotBeListedForNowMessagesAreSentAndTheLanesFollowLater() {
    stream.shardsFailure = new Failure(Kind.TRANSIENT, "an answer that can't be read");
    rig(Rig.Options.DEFAULT).ready();
    rig.offer(rig.intake(""), "one");
    rig.pass(500);
    assertThat(texts()).containsExactly("one");
    assertThat(rig.sender.lanes()).isEqualTo(16);
    stream.shardsFailure = null;
    rig.pass(20_000);
    assertThat(rig.sender.lanes()).isLessThan(16);
  }

  @Test
  void whatHindersTheLookUpIsSaidAgainAndOnceItIsOnlyTheLookUpMessagesAreSent() {
    stream.shardsFailure = new Failure(Kind.HOLD, "ExpiredTokenException: s");
    rig(Rig.Options.DEFAULT).ready();
    rig.offer(rig.intake(""), "one");
    rig.pass(30_000);
    assertThat(stream.requests).isEmpty();
    assertThat(rig.told).hasSizeGreaterThan(2);
    stream.shardsFailure = new Failure(Kind.HOLD, "AccessDeniedException: kinesis:ListShards");
    rig.pass(15_000);
    assertThat(texts()).containsExactly("one");
    assertThat(rig.sender.deliveryUp()).isTrue();
  }

  @Test
  void missingStreamIsWaitedForAndWhatCameIsKept() {
    stream.shardsFailure = new Failure(Kind.HOLD, "ResourceNotFoundException: s");
    rig(Rig.Options.DEFAULT).ready();
    rig.offer(rig.intake(""), "one");
    rig.pass(30_000);
    assertThat(stream.requests).isEmpty();
    assertThat(rig.sender.deliveryUp()).isFalse();
    stream.shardsFailure = null;
    rig.pass(15_000);
    assertThat(texts()).containsExactly("one");
    assertThat(rig.sender.deliveryUp()).isTrue();
  }

  @Test
  void messageThatNoRecordHoldsIsRefusedAloneAndItsBlockPasses() {
    rig(new Rig.Options(false, RecordFormat.FIREHOSE, 4, 500, 10 << 20, 400_000, Rig.Disk.NONE))
        .ready();
    Intake intake = rig.intake("");
    for (int i = 0; i < 10; i++) {
      rig.offer(intake, "small" + i);
      if (i == 4) {
        rig.offer(intake, new byte[150_000]);
      }
    }
    rig.pass(500);
    assertThat(rig.refused).hasSize(1);
    assertThat(rig.refused.get(0).blocks().get(0).count()).isEqualTo(1);
    assertThat(rig.refusals.get(0)).contains("max-record-size");
    assertThat(texts()).hasSize(10).allMatch(t -> t.startsWith("small"));
    assertThat(rig.counts().deadLettered().get("too_large").bytes()).isEqualTo(150_000);
  }

  @Test
  void drainCompletesExactlyWhenNothingIsHeld() {
    rig(Rig.Options.DEFAULT).ready();
    rig.offer(rig.intake(""), "one");
    var drained = rig.sender.drain();
    rig.step();
    assertThat(rig.requests).as("nothing lingers").hasSize(1);
    assertThat(drained).isNotDone();
    Runnable request = rig.requests.poll();
    request.run();
    assertThat(drained).isNotDone();
    rig.step();
    assertThat(drained).isDone();
  }
}
