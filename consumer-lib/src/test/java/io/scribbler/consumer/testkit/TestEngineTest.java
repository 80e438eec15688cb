package io.scribbler.consumer.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.consumer.Checkpointer;
import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerHealth.State;
import io.scribbler.consumer.ConsumerMessage;
import io.scribbler.consumer.LeaseLostException;
import io.scribbler.consumer.MessageBatch;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.ShardHandler;
import io.scribbler.consumer.StreamException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Processes: their leases, checkpoints, and how they end. */
final class TestEngineTest extends Kit {
  private static final String SHARD = "shardId-000000000000";

  @Test
  void whatWasNotCommittedIsGivenAgainAfterACrash() {
    TestStream stream = TestStream.withShards(1);
    TestEngine engine = stream.engine();
    start(reads(engine).checkpointInterval(SECOND).onMessage(m -> handled.add(m.text())));
    Position one = stream.put("t", "1");
    stream.settle();
    assertThat(engine.committed(SHARD)).isEmpty();
    stream.time().advance(SECOND);
    stream.settle();
    assertThat(engine.committed(SHARD)).contains(one);
    stream.put("t", "2");
    stream.settle();
    engine.crash();
    assertThat(engine.shards()).isEmpty();
    TestEngine next = stream.engine();
    start(reads(next).onMessage(m -> handled.add("again " + m.text())));
    stream.settle();
    assertThat(handled).containsExactly("1", "2", "again 2");
    assertThat(next.committed(SHARD)).contains(one);
  }

  @Test
  void aPauseWarnsBeforeTheStreamLetsGoOfWhatItHolds() {
    TestStream stream = TestStream.withShards(1);
    stream.retention(Duration.ofDays(2));
    Consumer consumer = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.put("t", "1");
    stream.settle();
    consumer.pause();
    stream.time().advance(Duration.ofHours(35));
    stream.settle();
    assertThat(consumer.health().troubles()).isEmpty();
    stream.time().advance(Duration.ofHours(2));
    stream.settle();
    assertThat(consumer.health().troubles())
        .singleElement()
        .asString()
        .contains(SHARD)
        .contains("keeps 48 h")
        .contains("resume it before messages are gone");
    consumer.resume();
    stream.settle();
    assertThat(consumer.health().troubles()).isEmpty();
  }

  @Test
  void aCommitThatIsDueIsOfWhatWasDoneBefore() {
    for (int round = 0; round < 50; round++) {
      TestStream stream = TestStream.withShards(1);
      TestEngine engine = stream.engine();
      start(reads(engine).checkpointInterval(SECOND).onMessage(m -> handled.add(m.text())));
      Position one = stream.put("t", "1");
      stream.settle();
      stream.time().advance(SECOND);
      stream.put("t", "2");
      stream.settle();
      assertThat(engine.committed(SHARD)).contains(one);
    }
  }

  @Test
  void aCrashInTheMiddleOfACallCommitsNothing() throws Exception {
    TestStream stream = TestStream.withShards(1);
    TestEngine engine = stream.engine();
    CountDownLatch entered = new CountDownLatch(1);
    Consumer consumer =
        start(
            reads(engine)
                .checkpointInterval(Duration.ZERO)
                .onMessage(
                    m -> {
                      entered.countDown();
                      new CountDownLatch(1).await();
                    }));
    stream.put("t", "1");
    stream.deliver();
    entered.await();
    engine.crash();
    stream.settle();
    consumer.close();
    assertThat(engine.committed(SHARD)).isEmpty();
  }

  @Test
  void aCloseCommitsAndTheNextProcessGoesOn() {
    TestStream stream = TestStream.withShards(1);
    TestEngine engine = stream.engine();
    Consumer consumer = start(reads(engine).onMessage(m -> handled.add(m.text())));
    Position one = stream.put("t", "1");
    stream.settle();
    consumer.close();
    assertThat(engine.committed(SHARD)).contains(one);
    stream.put("t", "2");
    start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.settle();
    assertThat(handled).containsExactly("1", "2");
  }

  @Test
  void aLeaseThatIsLostInTheMiddleOfABatchGivesTheRestToAnother() {
    TestStream stream = TestStream.withShards(1);
    TestEngine first = stream.engine();
    AtomicReference<Throwable> refused = new AtomicReference<>();
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    start(
        reads(first)
            .shardHandlers(
                assignment -> {
                  Checkpointer checkpoints = assignment.takeCheckpoints();
                  return new ShardHandler() {
                    @Override
                    public void handle(MessageBatch batch) {
                      for (ConsumerMessage message : batch) {
                        handled.add("first " + message.text());
                        try {
                          checkpoints.commit(message.position());
                        } catch (LeaseLostException e) {
                          refused.set(e);
                          throw e;
                        }
                        if (message.text().equals("2")) {
                          first.loseLease(assignment.shardId());
                        }
                      }
                    }

                    @Override
                    public void lost() {
                      told.add("lost");
                    }
                  };
                }));
    stream.put(TestRecord.of("t", "1", "2", "3", "4"));
    stream.settle();
    assertThat(refused.get()).isInstanceOf(LeaseLostException.class);
    // No other process was there, so it has the shard anew, behind what it had committed.
    assertThat(handled).containsExactly("first 1", "first 2", "first 3", "first 3", "first 4");
    assertThat(told).containsExactly("lost");
    assertThat(first.shards()).containsExactly(SHARD);
  }

  @Test
  void aLostShardGoesToTheOtherProcess() {
    TestStream stream = TestStream.withShards(1);
    TestEngine first = stream.engine();
    start(reads(first).onMessage(m -> handled.add("first " + m.text())));
    stream.put("t", "1");
    stream.settle();
    TestEngine second = stream.engine();
    start(reads(second).onMessage(m -> handled.add("second " + m.text())));
    stream.put("t", "2");
    stream.settle();
    first.loseLease(SHARD);
    stream.settle();
    assertThat(handled).containsExactly("first 1", "first 2", "second 1", "second 2");
    assertThat(second.shards()).containsExactly(SHARD);
    assertThatThrownBy(() -> first.loseLease(SHARD)).hasMessageContaining("not owned");
  }

  @Test
  void twoProcessesShareTheShardsAndTheSurvivorTakesAll() {
    TestStream stream = TestStream.withShards(4);
    TestEngine first = stream.engine();
    TestEngine second = stream.engine();
    start(reads(first).onMessage(m -> handled.add(m.text())));
    start(reads(second).onMessage(m -> handled.add(m.text())));
    List<String> wanted = put(stream, 0, 20);
    stream.settle();
    assertThat(handled).containsExactlyInAnyOrderElementsOf(wanted);
    assertThat(first.shards()).hasSize(2);
    assertThat(second.shards()).hasSize(2).doesNotContainAnyElementsOf(first.shards());
    stream.time().advance(Duration.ofSeconds(10));
    stream.settle();
    first.crash();
    handled.clear();
    List<String> more = put(stream, 20, 20);
    stream.settle();
    assertThat(handled).containsExactlyInAnyOrderElementsOf(more);
    assertThat(second.shards()).containsExactlyInAnyOrderElementsOf(stream.openShards());
  }

  private static List<String> put(TestStream stream, int from, int count) {
    List<String> texts = IntStream.range(from, from + count).mapToObj(i -> "m" + i).toList();
    texts.forEach(text -> stream.put("t", text));
    return texts;
  }

  @Test
  void checkpointsFailAsOftenAsTheTestSays() {
    TestStream stream = TestStream.withShards(1);
    TestEngine engine = stream.engine();
    start(reads(engine).checkpointInterval(SECOND).onMessage(m -> handled.add(m.text())));
    Position one = stream.put("t", "1");
    stream.settle();
    engine.failCheckpoints(1);
    stream.time().advance(SECOND);
    stream.settle();
    assertThat(engine.committed(SHARD)).isEmpty();
    stream.time().advance(SECOND);
    stream.settle();
    assertThat(engine.committed(SHARD)).contains(one);
  }

  @Test
  void whatIsPreparedIsSeen() {
    TestStream stream = TestStream.withShards(1);
    TestEngine engine = stream.engine();
    start(
        reads(engine)
            .shardHandlers(
                assignment -> {
                  Checkpointer checkpoints = assignment.takeCheckpoints();
                  return batch -> checkpoints.prepare(batch.end(), new byte[] {7});
                }));
    Position one = stream.put("t", "1");
    stream.settle();
    assertThat(engine.pending(SHARD)).contains(one);
    assertThat(engine.state(SHARD)).containsExactly(7);
    assertThat(engine.committed(SHARD)).isEmpty();
  }

  @Test
  void aPauseIsTheWholeApplications() {
    TestStream stream = TestStream.withShards(2);
    Consumer first = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    Consumer second = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.settle();
    first.pause();
    stream.time().advance(SECOND);
    stream.put("t", "1");
    stream.put("t", "2");
    stream.settle();
    assertThat(second.health().state()).isEqualTo(State.PAUSED);
    assertThat(handled).isEmpty();
    second.resume();
    stream.time().advance(SECOND);
    stream.settle();
    assertThat(handled).containsExactlyInAnyOrder("1", "2");
  }

  @Test
  void aPauseHoldsForAProcessThatStartsLater() {
    TestStream stream = TestStream.withShards(1);
    Consumer first = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    first.pause();
    first.close();
    stream.put("t", "1");
    start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.settle();
    assertThat(handled).isEmpty();
  }

  @Test
  void anEngineIsOneProcessAndReadsOneStream() {
    TestStream stream = TestStream.withShards(1);
    TestEngine engine = stream.engine();
    assertThatThrownBy(engine::shards).hasMessageContaining("not started");
    start(reads(engine).onMessage(m -> {}));
    Consumer other = reads(engine).onMessage(m -> {}).build();
    assertThatThrownBy(other::start).hasMessageContaining("one process");
    Consumer two = reads(stream.engine()).stream("other").onMessage(m -> {}).build();
    assertThatThrownBy(two::start).isInstanceOf(StreamException.class);
  }

  @Test
  void aHandlerThatCanNotBeMadeFailsTheConsumer() {
    TestStream stream = TestStream.withShards(1);
    Consumer consumer =
        start(
            reads(stream.engine())
                .shardHandlers(
                    assignment -> {
                      throw new IllegalStateException("no database");
                    }));
    stream.settle();
    assertThat(consumer.health().state()).isEqualTo(State.FAILED);
    assertThat(consumer.health().troubles()).containsExactly("no database");
  }
}
