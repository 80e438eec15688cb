package io.scribbler.consumer.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerHealth.ShardState;
import io.scribbler.consumer.DeadLetter;
import io.scribbler.consumer.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes by the time, and when a stream counts as settled. */
final class TestTimeTest extends Kit {
  private static final String SHARD = "shardId-000000000000";

  @Test
  void retriesComeWhenTheTimeIsMoved() {
    TestStream stream = TestStream.withShards(1);
    AtomicInteger calls = new AtomicInteger();
    Consumer consumer =
        start(
            reads(stream.engine())
                .retry(RetryPolicy.retry().withDelays(SECOND, SECOND))
                .onMessage(
                    m -> {
                      if (calls.incrementAndGet() < 3) {
                        throw new IllegalStateException("not yet");
                      }
                      handled.add(m.text());
                    }));
    stream.put("t", "1");
    stream.settle();
    assertThat(calls).hasValue(1);
    assertThat(consumer.health().shards().get(0).state()).isEqualTo(ShardState.HOLDING);
    stream.time().advance(Duration.ofMillis(499));
    stream.settle();
    assertThat(calls).hasValue(1);
    stream.time().advance(Duration.ofMillis(501));
    stream.settle();
    assertThat(calls).hasValue(2);
    stream.time().advance(SECOND);
    stream.settle();
    assertThat(handled).containsExactly("1");
    assertThat(consumer.health().healthy()).isTrue();
  }

  @Test
  void aMessageThatFailsIsParked() {
    TestStream stream = TestStream.withShards(1);
    List<String> parked = Collections.synchronizedList(new ArrayList<>());
    TestEngine engine = stream.engine();
    start(
        reads(engine)
            .checkpointInterval(Duration.ZERO)
            .retry(
                RetryPolicy.park((DeadLetter letter) -> parked.add(letter.message().get().text()))
                    .withAttempts(1))
            .onMessage(
                m -> {
                  if (m.text().equals("bad")) {
                    throw new IllegalArgumentException("bad");
                  }
                  handled.add(m.text());
                }));
    stream.put("t", "1");
    stream.put("t", "bad");
    var last = stream.put("t", "2");
    stream.settle();
    assertThat(parked).containsExactly("bad");
    assertThat(handled).containsExactlyInAnyOrder("1", "2");
    assertThat(engine.committed(SHARD)).contains(last);
  }

  @Test
  void aHandlerIsInterruptedAtItsTimeLimit() {
    TestStream stream = TestStream.withShards(1);
    List<Throwable> causes = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger interrupts = new AtomicInteger();
    start(
        reads(stream.engine())
            .handlerTimeout(Duration.ofSeconds(5))
            .retry(RetryPolicy.park(letter -> causes.add(letter.cause())).withAttempts(1))
            .onMessage(
                m -> {
                  if (m.text().equals("slow")) {
                    try {
                      stream.time().sleep(Duration.ofSeconds(60));
                    } catch (InterruptedException e) {
                      interrupts.incrementAndGet();
                      throw e;
                    }
                  }
                  handled.add(m.text());
                }));
    stream.put("t", "slow");
    stream.put("t", "quick");
    stream.settle();
    stream.time().advance(Duration.ofSeconds(5));
    stream.settle();
    assertThat(interrupts).hasValue(0);
    stream.time().advance(SECOND);
    stream.settle();
    assertThat(interrupts).hasPositiveValue();
    for (int i = 0; i < 5 && causes.isEmpty(); i++) {
      stream.time().advance(Duration.ofSeconds(6));
      stream.settle();
    }
    assertThat(handled).containsExactly("quick");
    assertThat(causes).singleElement().isInstanceOf(TimeoutException.class);
  }

  @Test
  void aSlowHandlerEndsWhenItsTimeHasCome() {
    TestStream stream = TestStream.withShards(1);
    start(
        reads(stream.engine())
            .onMessage(
                m -> {
                  stream.time().sleep(Duration.ofSeconds(3));
                  handled.add(m.text());
                }));
    Instant before = stream.time().now();
    stream.put("t", "1");
    stream.settle();
    stream.time().advance(Duration.ofSeconds(2));
    stream.settle();
    assertThat(handled).isEmpty();
    stream.time().advance(SECOND);
    stream.settle();
    assertThat(handled).containsExactly("1");
    assertThat(stream.time().now()).isEqualTo(before.plusSeconds(3));
  }

  @Test
  @Timeout(30)
  void aCloseGivesHandlersTheTimeThatTheyWaitForUpToItsLimit() {
    TestStream stream = TestStream.withShards(2);
    TestEngine engine = stream.engine();
    Consumer consumer =
        start(
            reads(engine)
                .closeTimeout(Duration.ofHours(1))
                .onMessage(
                    m -> {
                      stream.time().sleep(Duration.ofMinutes(m.text().equals("long") ? 300 : 20));
                      handled.add(m.text());
                    }));
    List<String> shards = stream.openShards();
    var done = stream.put(TestRecord.of("t", "short").into(shards.get(0)));
    stream.put(TestRecord.of("t", "long").into(shards.get(1)));
    stream.settle();
    consumer.close();
    assertThat(handled).containsExactly("short");
    assertThat(engine.committed(shards.get(0))).contains(done);
    assertThat(engine.committed(shards.get(1))).isEmpty();
    stream.settle();
  }

  @Test
  void aCloseOfAQuietConsumerTakesNoTime() {
    TestStream stream = TestStream.withShards(3);
    Consumer consumer = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.put("t", "1");
    stream.settle();
    Instant before = stream.time().now();
    consumer.close();
    assertThat(stream.time().now()).isEqualTo(before);
  }

  @Test
  void aCloseDoesNotWaitForAHandlerThatNeverReturns() throws Exception {
    TestStream stream = TestStream.withShards(1);
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    Consumer consumer =
        start(
            reads(stream.engine())
                .closeTimeout(Duration.ofMillis(20))
                .onMessage(
                    m -> {
                      entered.countDown();
                      while (go.getCount() > 0) {
                        try {
                          go.await();
                        } catch (InterruptedException e) {
                          handled.add("interrupted");
                        }
                      }
                    }));
    stream.put("t", "1");
    stream.deliver();
    entered.await();
    consumer.close();
    assertThatThrownBy(() -> stream.settle(Duration.ofMillis(20)))
        .hasMessageContaining("was taken away and its handler has not returned");
    go.countDown();
    stream.settle();
    assertThat(handled).containsExactly("interrupted");
  }

  @Test
  void aShardThatStoppedIsSettled() {
    TestStream stream = TestStream.withShards(1);
    Consumer consumer =
        start(
            reads(stream.engine())
                .retry(RetryPolicy.stopShard().withAttempts(1))
                .onMessage(
                    m -> {
                      throw new IllegalStateException("no");
                    }));
    stream.put("t", "1");
    stream.settle();
    assertThat(consumer.health().shards().get(0).state()).isEqualTo(ShardState.STOPPED);
    consumer.close();
    stream.settle();
  }

  @Test
  void whoeverIsStuckIsNamed() throws Exception {
    TestStream stream = TestStream.withShards(1);
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    start(
        reads(stream.engine())
            .onMessage(
                m -> {
                  entered.countDown();
                  go.await();
                  handled.add(m.text());
                }));
    stream.put("t", "1");
    stream.deliver();
    entered.await();
    assertThatThrownBy(() -> stream.settle(Duration.ofMillis(20)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(SHARD)
        .hasMessageContaining("TestTimeTest.java");
    go.countDown();
    stream.settle();
    assertThat(handled).containsExactly("1");
  }

  @Test
  void severalThreadsForAShardSettleToo() {
    TestStream stream = TestStream.withShards(2);
    TestEngine engine = stream.engine();
    start(
        reads(engine)
            .parallelism(4)
            .checkpointInterval(Duration.ZERO)
            .onMessage(m -> handled.add(m.text())));
    for (int round = 0; round < 200; round++) {
      for (int i = 0; i < 8; i++) {
        stream.put("t", "k" + i, new byte[] {1});
      }
      stream.settle();
      assertThat(handled).hasSize(8 * (round + 1));
    }
  }

  @Test
  void timeGoesForwardOnly() {
    TestTime time = TestStream.withShards(1).time();
    assertThatThrownBy(() -> time.advance(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    time.advance(Duration.ofHours(1));
    assertThat(time.now()).isEqualTo(Instant.parse("2026-01-01T01:00:00Z"));
    assertThat(time.currentTimeMillis()).isEqualTo(time.now().toEpochMilli());
  }
}
