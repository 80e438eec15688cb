package io.scribbler.consumer.kcl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.consumer.engine.ByteBudget;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.reading.ShardPosition;
import io.scribbler.net.StreamName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/** Several shards' feeds and the memory that they share. */
final class FetchSharesTest {
  private static final int LIMIT = 1 << 20;
  private final ByteBudget budget = new ByteBudget(LIMIT);
  private final FetchShares memory = new FetchShares(budget);
  private final CountDownLatch go = new CountDownLatch(1);
  private final List<OneFeed> feeds = new ArrayList<>();

  /** A shard and what takes its records, which is stuck once it has so many of them. */
  private final class OneFeed implements FeedOwner, Subscriber<RecordsRetrieved> {
    final OneShard shard = new OneShard();
    final AtomicInteger taken = new AtomicInteger();
    final CountDownLatch stuck = new CountDownLatch(1);
    final int stuckAt;
    final ShardFeed feed =
        new ShardFeed(
            this,
            new PollingSource(
                new StreamCalls(shard, StreamName.parse("s")), "shard", Duration.ofMillis(5)));
    private Subscription subscription;

    OneFeed(int stuckAt, int records, int bytes) {
      this.stuckAt = stuckAt;
      shard.most(1000);
      for (int i = 1; i <= records; i++) {
        shard.put(i, bytes);
      }
      feed.start(
          new ExtendedSequenceNumber("1", 0L),
          InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
      feed.subscribe(this);
    }

    @Override
    public void onSubscribe(Subscription s) {
      subscription = s;
      s.request(1);
    }

    @Override
    public void onNext(RecordsRetrieved delivery) {
      int all = taken.addAndGet(delivery.processRecordsInput().records().size());
      if (all >= stuckAt) {
        stuck.countDown();
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

    @Override
    public String shardId() {
      return "shard";
    }

    @Override
    public boolean hasRoom() {
      return true;
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
      return false;
    }

    @Override
    public void trouble(SdkException e) {}

    @Override
    public void failed(Throwable cause) {
      throw new AssertionError(cause);
    }
  }

  private OneFeed feed(int stuckAt, int records, int bytes) {
    OneFeed feed = new OneFeed(stuckAt, records, bytes);
    feeds.add(feed);
    return feed;
  }

  @AfterEach
  void everythingIsGivenBack() {
    feeds.forEach(f -> f.feed.close());
    go.countDown();
    await().until(() -> budget.used() == 0);
  }

  @Test
  void aShardIsReadThoughOthersThatAreStuckHoldTheMemory() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      feed(1, 10, 200_000).stuck.await();
    }
    assertThat(budget.used()).isGreaterThan(LIMIT * 9 / 10);
    OneFeed free = feed(Integer.MAX_VALUE, 20, 200_000);
    await().until(() -> free.taken.get() == 20);
    feeds.subList(0, 5).forEach(f -> assertThat(f.taken.get()).isEqualTo(1));
  }

  @Test
  void allShardsThatAreStuckHoldNoMoreThanTheLimit() throws InterruptedException {
    for (int i = 0; i < 8; i++) {
      memory.join();
    }
    for (int i = 0; i < 8; i++) {
      feed(2, 100, 10_000);
    }
    for (OneFeed feed : feeds) {
      feed.stuck.await();
    }
    assertThat(budget.used()).isBetween(LIMIT / 2L, (long) LIMIT);
    for (int i = 0; i < 8; i++) {
      memory.leave();
    }
  }

  @Test
  void oneShardTakesAQuarterAndManyTheirShares() {
    memory.join();
    memory.join();
    assertThat(memory.reserve(LIMIT)).isEqualTo(LIMIT / 4);
    assertThat(memory.reserve(LIMIT)).isEqualTo(LIMIT / 4);
    memory.join();
    memory.join();
    assertThat(memory.reserve(LIMIT)).isEqualTo(LIMIT / 8);
    assertThat(memory.reserve(10)).isEqualTo(10);
    memory.release(budget.used());
  }
}
