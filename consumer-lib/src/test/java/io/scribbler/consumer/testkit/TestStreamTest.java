package io.scribbler.consumer.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerHealth.ShardState;
import io.scribbler.consumer.DeadLetter;
import io.scribbler.consumer.GapPolicy;
import io.scribbler.consumer.MessageBatch;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.RetryPolicy;
import io.scribbler.consumer.ShardHandler;
import io.scribbler.consumer.StartPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Records, shards, and what is given when. */
final class TestStreamTest extends Kit {
  @Test
  void whatWasPutIsGivenInOrderAndInOneBatch() {
    TestStream stream = TestStream.withShards(1);
    List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
    start(
        reads(stream.engine())
            .onBatch(
                batch -> {
                  sizes.add(batch.size());
                  batch.forEach(m -> handled.add(m.text()));
                }));
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      stream.put("t", "m" + i);
      wanted.add("m" + i);
    }
    assertThat(handled).isEmpty();
    stream.settle();
    assertThat(handled).containsExactlyElementsOf(wanted);
    assertThat(sizes).containsExactly(50);
  }

  @Test
  void aKeyHasOneShardAndMessagesWithoutOneGoRound() {
    TestStream stream = TestStream.withShards(4);
    Map<String, Set<String>> shardsOf = new ConcurrentHashMap<>();
    start(
        reads(stream.engine())
            .onMessage(
                m ->
                    shardsOf
                        .computeIfAbsent(m.key(), k -> ConcurrentHashMap.newKeySet())
                        .add(m.shardId())));
    Set<String> used = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      stream.put("t", "key-" + i % 20, new byte[] {1});
      used.add(stream.shardOf("key-" + i % 20));
      stream.put("t", "without");
    }
    stream.settle();
    assertThat(used).hasSizeGreaterThan(2);
    for (int i = 0; i < 20; i++) {
      assertThat(shardsOf.get("key-" + i)).containsExactly(stream.shardOf("key-" + i));
    }
    assertThat(shardsOf.get("")).containsExactlyInAnyOrderElementsOf(stream.openShards());
  }

  @Test
  void theShardOfAKeyIsKinesisOwn() {
    // The MD5 of "a" begins with 0c, that of "b" with 92.
    TestStream stream = TestStream.withShards(2);
    assertThat(stream.shardOf("a")).isEqualTo(stream.openShards().get(0));
    assertThat(stream.shardOf("b")).isEqualTo(stream.openShards().get(1));
  }

  @Test
  void childrenBeginWhenTheEndOfTheirParentsIsCommitted() {
    TestStream stream = TestStream.withShards(1);
    TestEngine engine = stream.engine();
    start(reads(engine).onMessage(m -> handled.add(m.shardId() + m.text())));
    String parent = stream.openShards().get(0);
    stream.put("t", "1");
    List<String> halves = stream.split(parent);
    stream.put(TestRecord.of("t", "2").into(halves.get(0)));
    stream.put(TestRecord.of("t", "2").into(halves.get(1)));
    String merged = stream.merge(halves.get(1), halves.get(0));
    stream.put("t", "3");
    engine.failCheckpoints(1);
    stream.settle();
    assertThat(handled).containsExactly(parent + "1");
    assertThat(engine.committed(parent)).isEmpty();
    stream.time().advance(SECOND);
    stream.settle();
    List<String> order = List.copyOf(handled);
    assertThat(order).hasSize(4).startsWith(parent + "1").endsWith(merged + "3");
    assertThat(order.subList(1, 3))
        .containsExactlyInAnyOrder(halves.get(0) + "2", halves.get(1) + "2");
    assertThat(engine.committed(parent)).contains(Position.END);
    assertThat(engine.shards()).containsExactly(merged);
    assertThatThrownBy(() -> stream.put(TestRecord.of("t", "x").into(parent)))
        .hasMessageContaining("no open shard");
  }

  @Test
  void recordsOfEveryFormatAreReadByTheRealDecoder() {
    TestStream stream = TestStream.withShards(1);
    List<DeadLetter> letters = Collections.synchronizedList(new ArrayList<>());
    start(
        reads(stream.engine())
            .retry(RetryPolicy.park(letters::add))
            .onMessage(
                m ->
                    handled.add(
                        String.join(
                            " ",
                            m.topic(),
                            m.identified() ? m.producer() + m.epoch() + m.sequence() : "-",
                            m.key(),
                            m.text(),
                            m.attributes().toString()))));
    stream.put("t", "a");
    stream.put("t", "k", "b".getBytes(UTF_8));
    stream.put(TestRecord.of("t", "c", "d").identity("p", 7, 40).attributes(Map.of("schema", "1")));
    stream.put("t", "e");
    stream.put(TestRecord.kpl("f", "g").key("k2"));
    stream.put(TestRecord.plain("h"));
    Position broken = stream.put(TestRecord.broken());
    Position last = stream.put(TestRecord.of("t", "i", "j"));
    stream.settle();
    assertThat(handled)
        .containsExactly(
            "t test10  a {}",
            "t test11 k b {}",
            "t p740  c {schema=1}",
            "t p741  d {schema=1}",
            "t test12  e {}",
            "firehose - k2 f {}",
            "firehose - k2 g {}",
            "firehose - test h {}",
            "t test13  i {}",
            "t test14  j {}");
    assertThat(letters).singleElement().extracting(DeadLetter::position).isEqualTo(broken);
    assertThat(last.messages()).isEqualTo(2);
  }

  @Test
  void newestIsWhatIsPutAfterTheFirstStart() {
    TestStream stream = TestStream.withShards(1);
    stream.put("t", "before");
    TestEngine engine = stream.engine();
    Consumer consumer =
        start(reads(engine).startAt(StartPosition.newest()).onMessage(m -> handled.add(m.text())));
    stream.put("t", "after");
    engine.crash();
    consumer.close();
    start(
        reads(stream.engine())
            .startAt(StartPosition.newest())
            .onMessage(m -> handled.add(m.text())));
    stream.settle();
    assertThat(handled).containsExactly("after");
  }

  @Test
  void aStartAtATimeLeavesOutWhatCameBefore() {
    TestStream stream = TestStream.withShards(1);
    stream.put("t", "before");
    stream.split(stream.openShards().get(0));
    stream.time().advance(SECOND);
    start(
        reads(stream.engine())
            .startAt(StartPosition.at(stream.time().now()))
            .onMessage(m -> handled.add(m.text())));
    stream.put("t", "after");
    stream.settle();
    assertThat(handled).containsExactly("after");
  }

  @Test
  void aGapStopsTheShard() {
    TestStream stream = TestStream.withShards(1);
    gap(stream);
    Consumer consumer = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.settle();
    assertThat(handled).containsExactly("1");
    assertThat(consumer.health().shards())
        .singleElement()
        .satisfies(
            shard -> {
              assertThat(shard.state()).isEqualTo(ShardState.STOPPED);
              assertThat(shard.reason()).contains("no longer has position");
            });
  }

  @Test
  void aGapIsPassedOverWhenThatIsChosen() {
    TestStream stream = TestStream.withShards(1);
    gap(stream);
    start(reads(stream.engine()).gaps(GapPolicy.CONTINUE).onMessage(m -> handled.add(m.text())));
    stream.settle();
    assertThat(handled).containsExactly("1", "3");
  }

  /** The first message is handled, the second lost, the third there. */
  private void gap(TestStream stream) {
    Consumer before = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.put("t", "1");
    stream.settle();
    before.close();
    stream.put("t", "2");
    stream.trim();
    stream.put("t", "3");
  }

  @Test
  void aShardThatIsGoneBeforeItsEndWasHandledFailsTheConsumer() {
    TestStream stream = TestStream.withShards(1);
    stream.retention(Duration.ofHours(1));
    gone(stream);
    Consumer consumer = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.settle();
    assertThat(handled).containsExactly("1");
    assertThatThrownBy(consumer::awaitFailure).hasMessageContaining("no longer in the stream");
  }

  @Test
  void theChildrenOfAShardThatIsGoneBeginWhenGapsArePassedOver() {
    TestStream stream = TestStream.withShards(1);
    gone(stream);
    start(reads(stream.engine()).gaps(GapPolicy.CONTINUE).onMessage(m -> handled.add(m.text())));
    stream.settle();
    assertThat(handled).containsExactly("1", "3");
  }

  private void gone(TestStream stream) {
    Consumer before = start(reads(stream.engine()).onMessage(m -> handled.add(m.text())));
    stream.put("t", "1");
    stream.settle();
    before.close();
    stream.split(stream.openShards().get(0));
    stream.trim();
    stream.put("t", "3");
  }

  @Test
  void idleCallsGoByTheTime() {
    TestStream stream = TestStream.withShards(1);
    start(
        reads(stream.engine())
            .shardHandlers(
                assignment ->
                    new ShardHandler() {
                      @Override
                      public void handle(MessageBatch batch) {
                        handled.add("batch");
                      }

                      @Override
                      public void idle(long millisBehind) {
                        handled.add("idle " + millisBehind);
                      }
                    }));
    stream.settle();
    stream.settle();
    stream.time().advance(SECOND.minusNanos(1));
    stream.settle();
    assertThat(handled).isEmpty();
    stream.time().advance(Duration.ofNanos(1));
    stream.settle();
    stream.settle();
    assertThat(handled).containsExactly("idle 0");
  }

  @Test
  void severalApplicationsReadTheSameStream() {
    TestStream stream = TestStream.withShards(1);
    start(reads(stream.engine()).application("a").onMessage(m -> handled.add("a" + m.text())));
    start(reads(stream.engine()).application("b").onMessage(m -> handled.add("b" + m.text())));
    stream.put("t", "1");
    stream.settle();
    assertThat(handled).containsExactlyInAnyOrder("a1", "b1");
  }
}
