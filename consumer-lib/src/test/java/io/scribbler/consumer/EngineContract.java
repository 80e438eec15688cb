package io.scribbler.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.record.Codec;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** What every engine does, shown with a real stream over HTTP. */
abstract class EngineContract {
  static final Duration SOON = Duration.ofSeconds(60);

  private final List<Consumer> consumers = new ArrayList<>();
  private long sequence;

  /** An engine of one process, with what the others of this test have stored. */
  abstract Engine engine();

  abstract URI endpoint();

  abstract KinesisClient client();

  /** The name of a stream of this test's own, ACTIVE. */
  abstract String stream(int shards);

  /** Lets a consumer die: nothing is drained or committed any more. */
  abstract void crash(Consumer consumer, Engine engine);

  @AfterEach
  void closeConsumers() {
    consumers.forEach(Consumer::close);
  }

  ConsumerBuilder consumer(String stream, Engine engine) {
    return Consumer.builder().application("etl").stream(stream)
        .region("us-east-1")
        .endpoint(endpoint())
        .credentials(
            () -> software.amazon.awssdk.auth.credentials.AwsBasicCredentials.create("a", "b"))
        .startAt(StartPosition.oldest())
        .pollInterval(Duration.ofMillis(100))
        .checkpointInterval(Duration.ofMillis(200))
        .engine(engine);
  }

  Consumer start(ConsumerBuilder builder) {
    Consumer consumer = builder.build();
    consumers.add(consumer);
    consumer.start();
    return consumer;
  }

  /** Puts messages {@code text-N}, each record with so many of them. */
  List<String> put(String stream, double part, int records, int each) {
    List<String> all = new ArrayList<>();
    for (int r = 0; r < records; r++) {
      long first = sequence;
      List<String> messages =
          IntStream.range(0, each).mapToObj(i -> "text-" + (first + i)).toList();
      sequence += each;
      Streams.put(
          client(), stream, part, Streams.record(Streams.block(Codec.ZSTD, "t", first, messages)));
      all.addAll(messages);
    }
    return all;
  }

  boolean isActive(String stream) {
    return client()
            .describeStreamSummary(r -> r.streamName(stream))
            .streamDescriptionSummary()
            .streamStatus()
        == StreamStatus.ACTIVE;
  }

  private static void awaitAll(Queue<String> handled, List<String> wanted) {
    await().atMost(SOON).until(() -> handled.containsAll(wanted));
  }

  @Test
  void everyMessageOfEveryShardInOrder() {
    String stream = stream(2);
    List<String> left = put(stream, 0.1, 5, 10);
    List<String> right = put(stream, 0.9, 5, 10);
    Map<String, Queue<String>> byShard = new ConcurrentHashMap<>();
    start(
        consumer(stream, engine())
            .onMessage(
                m ->
                    byShard
                        .computeIfAbsent(m.shardId(), s -> new ConcurrentLinkedQueue<>())
                        .add(m.text())));
    List<String> more = put(stream, 0.1, 1, 3);
    left.addAll(more);
    await().atMost(SOON).until(() -> byShard.values().stream().mapToInt(Queue::size).sum() == 103);
    assertThat(byShard.values().stream().map(List::copyOf)).containsExactlyInAnyOrder(left, right);
  }

  @Test
  void closedAndStartedAgainGoesOnWhereItWas() {
    String stream = stream(1);
    List<String> first = put(stream, 0, 3, 10);
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    Consumer consumer = start(consumer(stream, engine()).onMessage(m -> handled.add(m.text())));
    awaitAll(handled, first);
    consumer.close();
    List<String> second = put(stream, 0, 3, 10);
    Queue<String> again = new ConcurrentLinkedQueue<>();
    start(consumer(stream, engine()).onMessage(m -> again.add(m.text())));
    awaitAll(again, second);
    assertThat(handled).containsExactlyElementsOf(first);
    assertThat(again).containsExactlyElementsOf(second);
  }

  @Test
  void aCheckpointInsideARecordIsTakenUpThere() {
    String stream = stream(1);
    List<String> messages = put(stream, 0, 1, 10);
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    Engine engine = engine();
    CountDownLatch committed = new CountDownLatch(1);
    Consumer consumer =
        start(
            consumer(stream, engine)
                .shardHandlers(
                    assignment -> {
                      Checkpointer checkpoints = assignment.takeCheckpoints();
                      return batch -> {
                        for (ConsumerMessage message : batch) {
                          handled.add(message.text());
                          if (handled.size() == 4) {
                            checkpoints.commit(message.position());
                            committed.countDown();
                          }
                        }
                      };
                    }));
    await().atMost(SOON).until(() -> committed.getCount() == 0 && handled.size() == 10);
    crash(consumer, engine);
    Queue<String> again = new ConcurrentLinkedQueue<>();
    start(consumer(stream, engine()).onMessage(m -> again.add(m.text())));
    awaitAll(again, messages.subList(4, 10));
    assertThat(again).containsExactlyElementsOf(messages.subList(4, 10));
  }

  @Test
  void whatWasPreparedIsFoundByTheNextOwner() {
    String stream = stream(1);
    List<String> messages = put(stream, 0, 2, 5);
    Engine engine = engine();
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    Queue<Position> positions = new ConcurrentLinkedQueue<>();
    Consumer consumer =
        start(
            consumer(stream, engine)
                .shardHandlers(
                    assignment -> {
                      Checkpointer checkpoints = assignment.takeCheckpoints();
                      return batch -> {
                        for (ConsumerMessage message : batch) {
                          handled.add(message.text());
                          positions.add(message.position());
                          if (handled.size() == 3) {
                            checkpoints.commit(message.position());
                          } else if (handled.size() == 7) {
                            checkpoints.prepare(message.position(), new byte[] {1, 2, 3});
                          }
                        }
                      };
                    }));
    awaitAll(handled, messages);
    crash(consumer, engine);
    List<Position> seen = List.copyOf(positions);
    Queue<String> again = new ConcurrentLinkedQueue<>();
    List<ShardAssignment> assigned = Collections.synchronizedList(new ArrayList<>());
    Consumer next =
        start(
            consumer(stream, engine())
                .shardHandlers(
                    assignment -> {
                      Checkpointer checkpoints = assignment.takeCheckpoints();
                      assigned.add(assignment);
                      return batch -> {
                        for (ConsumerMessage message : batch) {
                          again.add(message.text());
                          if (message.position().equals(assignment.pending().orElseThrow())) {
                            checkpoints.commit(message.position());
                          }
                        }
                      };
                    }));
    awaitAll(again, messages.subList(3, 10));
    assertThat(assigned).hasSize(1);
    assertThat(assigned.get(0).committed()).contains(seen.get(2));
    assertThat(assigned.get(0).pending()).contains(seen.get(6));
    assertThat(assigned.get(0).state()).containsExactly(1, 2, 3);
    assertThat(again).containsExactlyElementsOf(messages.subList(3, 10));
    next.close();
    Queue<String> last = new ConcurrentLinkedQueue<>();
    start(consumer(stream, engine()).onMessage(m -> last.add(m.text())));
    awaitAll(last, messages.subList(7, 10));
    assertThat(last).containsExactlyElementsOf(messages.subList(7, 10));
  }

  @Test
  void newestIsResolvedOnceSoThatACrashBeforeTheFirstCheckpointSkipsNothing() {
    String stream = stream(1);
    put(stream, 0, 1, 1);
    // The start is in whole seconds of the service: what came before must be out of its second.
    Instant passed = Instant.now().plusSeconds(2);
    await().atMost(SOON).until(() -> Instant.now().isAfter(passed));
    Engine engine = engine();
    AtomicInteger calls = new AtomicInteger();
    Consumer consumer =
        start(
            consumer(stream, engine)
                .startAt(StartPosition.newest())
                .checkpointInterval(Duration.ofHours(1))
                .onBatch(
                    batch -> {
                      calls.incrementAndGet();
                      throw new IllegalStateException("not yet");
                    }));
    await().atMost(SOON).until(() -> consumer.health().shards().size() == 1);
    List<String> wanted = put(stream, 0, 2, 5);
    await().atMost(SOON).until(() -> calls.get() > 0);
    crash(consumer, engine);
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    start(
        consumer(stream, engine())
            .startAt(StartPosition.newest())
            .onMessage(m -> handled.add(m.text())));
    awaitAll(handled, wanted);
    assertThat(handled).containsExactlyElementsOf(wanted);
  }

  @Test
  void childrenComeAfterTheirParentsThroughASplitAndAMerge() {
    String stream = stream(1);
    List<String> first = put(stream, 0.3, 3, 5);
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    CountDownLatch go = new CountDownLatch(1);
    Consumer consumer =
        start(
            consumer(stream, engine())
                .onMessage(
                    m -> {
                      go.await();
                      handled.add(m.text());
                    }));
    // Stand-ins are not exact about which shards were open when, once there are several.
    await().atMost(SOON).until(() -> consumer.health().shards().size() == 1);
    Streams.split(client(), stream, Streams.openShards(client(), stream).get(0));
    await()
        .atMost(SOON)
        .until(() -> isActive(stream) && Streams.openShards(client(), stream).size() == 2);
    List<String> left = put(stream, 0.1, 3, 5);
    List<String> right = put(stream, 0.9, 3, 5);
    List<Shard> open = Streams.openShards(client(), stream);
    Streams.merge(client(), stream, open.get(0), open.get(1));
    await().atMost(SOON).until(() -> Streams.openShards(client(), stream).size() == 1);
    List<String> last = put(stream, 0.5, 3, 5);
    go.countDown();
    awaitAll(handled, last);
    List<String> order = List.copyOf(handled);
    assertThat(order).hasSize(60).doesNotHaveDuplicates();
    assertThat(order.subList(0, 15)).containsExactlyElementsOf(first);
    assertThat(order.subList(15, 45)).containsAll(left).containsAll(right);
    assertThat(order.subList(45, 60)).containsExactlyElementsOf(last);
  }

  @Test
  void aPauseHoldsThePlaceOverARestart() {
    String stream = stream(1);
    List<String> first = put(stream, 0, 1, 5);
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    Consumer consumer = start(consumer(stream, engine()).onMessage(m -> handled.add(m.text())));
    awaitAll(handled, first);
    consumer.pause();
    List<String> second = put(stream, 0, 1, 5);
    consumer.close();
    Consumer next = start(consumer(stream, engine()).onMessage(m -> handled.add(m.text())));
    await()
        .during(Duration.ofSeconds(2))
        .atMost(SOON)
        .until(() -> next.health().state() == ConsumerHealth.State.PAUSED && handled.size() == 5);
    next.resume();
    awaitAll(handled, second);
    assertThat(handled).hasSize(10).doesNotHaveDuplicates();
  }
}
