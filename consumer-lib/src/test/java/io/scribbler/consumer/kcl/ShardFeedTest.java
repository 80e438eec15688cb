package io.scribbler.consumer.kcl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.consumer.engine.ByteBudget;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.reading.ShardPosition;
import io.scribbler.net.StreamName;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/** What a feed brings when things go wrong. */
final class ShardFeedTest {
  private static final InitialPositionInStreamExtended UNUSED =
      InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);

  private final OneShard shard = new OneShard();
  private final ByteBudget budget = new ByteBudget(64 << 20);
  private final Shard owner = new Shard(new FetchShares(budget));
  private final Taker taker = new Taker();
  private final ShardFeed feed =
      new ShardFeed(
          owner,
          new PollingSource(
              new StreamCalls(shard, StreamName.parse("s")), "shard", Duration.ofMillis(5)));

  private static final class Shard implements FeedOwner {
    final FetchShares memory;
    final AtomicBoolean room = new AtomicBoolean(true);
    final AtomicBoolean ended = new AtomicBoolean();
    final AtomicInteger missing = new AtomicInteger();
    final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    Shard(FetchShares memory) {
      this.memory = memory;
    }

    @Override
    public String shardId() {
      return "shard";
    }

    @Override
    public boolean hasRoom() {
      return room.get();
    }

    @Override
    public FetchShares memory() {
      return memory;
    }

    @Override
    public ShardPosition place(ExtendedSequenceNumber stored) {
      return ShardPosition.atRecord(stored.sequenceNumber());
    }

    @Override
    public boolean missing(SdkException e) {
      missing.incrementAndGet();
      return ended.get();
    }

    @Override
    public void trouble(SdkException e) {}

    @Override
    public void failed(Throwable cause) {
      failures.add(cause);
    }
  }

  /** Takes what comes, and then asks for more. */
  private static final class Taker implements Subscriber<RecordsRetrieved> {
    final Queue<String> taken = new ConcurrentLinkedQueue<>();
    final Queue<RecordsRetrieved> deliveries = new ConcurrentLinkedQueue<>();
    final AtomicBoolean atEnd = new AtomicBoolean();
    final CountDownLatch go = new CountDownLatch(1);
    final AtomicBoolean holds = new AtomicBoolean();
    private Subscription subscription;

    @Override
    public void onSubscribe(Subscription s) {
      subscription = s;
      s.request(1);
    }

    @Override
    public void onNext(RecordsRetrieved delivery) {
      ProcessRecordsInput input = delivery.processRecordsInput();
      input.records().stream().map(KinesisClientRecord::sequenceNumber).forEach(taken::add);
      deliveries.add(delivery);
      if (input.isAtShardEnd()) {
        atEnd.set(true);
      }
      if (holds.get()) {
        try {
          go.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      subscription.request(1);
    }

    @Override
    public void onError(Throwable e) {}

    @Override
    public void onComplete() {}
  }

  @AfterEach
  void close() {
    taker.go.countDown();
    feed.close();
    assertThat(owner.failures).isEmpty();
  }

  private void startAt(int sequence) {
    feed.start(new ExtendedSequenceNumber(Integer.toString(sequence), 3L), UNUSED);
    feed.subscribe(taker);
  }

  private void awaitTaken(String... wanted) {
    await().until(() -> taken().equals(List.of(wanted)));
  }

  private List<String> taken() {
    return List.copyOf(taker.taken);
  }

  @Test
  void anIteratorThatExpiresBeforeTheFirstRecordSkipsNothingOfTheStoredOne() {
    shard.put(1, 10);
    shard.put(2, 10);
    shard.expire(2);
    startAt(1);
    awaitTaken("1", "2");
  }

  @Test
  void anIteratorThatExpiresLaterRepeatsNothing() {
    shard.put(1, 10);
    startAt(1);
    awaitTaken("1");
    shard.expire(1);
    shard.put(2, 10);
    awaitTaken("1", "2");
  }

  @Test
  void recordsCarryASubSequenceAboveEveryPositionInThem() {
    shard.put(1, 10);
    startAt(1);
    awaitTaken("1");
    assertThat(taker.deliveries.peek().processRecordsInput().records().get(0).subSequenceNumber())
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aShardThatIsNotFoundHasEndedOnlyIfItsOwnerSaysSo() {
    shard.disappear();
    startAt(1);
    await().until(() -> owner.missing.get() >= 2);
    assertThat(taker.atEnd).isFalse();
    owner.ended.set(true);
    await().untilTrue(taker.atEnd);
    assertThat(taken()).isEmpty();
  }

  @Test
  void withoutRoomNothingIsAskedFor() {
    shard.put(1, 10);
    owner.room.set(false);
    startAt(1);
    await().during(Duration.ofMillis(300)).until(() -> shard.reads() == 0);
    owner.room.set(true);
    awaitTaken("1");
  }

  @Test
  void memoryIsHeldWhileRecordsAreTakenAndGivenBackThen() {
    shard.put(1, 5000);
    taker.holds.set(true);
    startAt(1);
    awaitTaken("1");
    assertThat(budget.used()).isBetween(5000L, 6000L);
    feed.close();
    taker.go.countDown();
    await().until(() -> budget.used() == 0);
  }

  @Test
  void aRestartGoesOnBehindTheLastThatWasTaken() {
    for (int i = 1; i <= 6; i++) {
      shard.put(i, 10);
    }
    startAt(1);
    awaitTaken("1", "2", "3", "4", "5", "6");
    owner.room.set(false);
    RecordsRetrieved second =
        taker.deliveries.stream()
            .filter(d -> !d.processRecordsInput().records().isEmpty())
            .skip(1)
            .findFirst()
            .orElseThrow();
    feed.restartFrom(second);
    feed.subscribe(taker);
    owner.room.set(true);
    awaitTaken("1", "2", "3", "4", "5", "6", "5", "6");
  }
}
