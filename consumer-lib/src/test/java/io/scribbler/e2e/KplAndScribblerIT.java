package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.Streams;
import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerMessage;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.file.FileEngine;
import io.scribbler.consumer.kcl.KclEngine;
import io.scribbler.consumer.kcl.KclSettings;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.HashKeyRange;
import software.amazon.awssdk.services.kinesis.model.Shard;

/**
 * An AWS-written producer (KPL) and {@code scribbler} on one stream, read by one consumer with
 * either engine, while a shard is split and two are merged.
 */
@Timeout(300)
final class KplAndScribblerIT {
  private static final String STREAM = "shared";
  private static final String TOPIC = "impressions";

  @TempDir private Path dir;

  @Test
  void everyMessageOfBothIsHandled() throws Exception {
    try (KinesisLocal kinesis = KinesisLocal.start(dir, List.of(STREAM));
        Dynalite dynalite = Dynalite.start(dir);
        KinesisClient client = kinesis.client();
        Reader files = Reader.start(kinesis.uri(), new FileEngine(dir.resolve("state")));
        Reader leases =
            Reader.start(
                kinesis.uri(), new KclEngine(KclSettings.forTests().withDynamoDb(dynalite.uri())));
        Program pipe = kinesis.endpoint().openPipe(STREAM, "--topic", TOPIC);
        KplProducer kpl = KplProducer.start(kinesis, STREAM, dir)) {
      Writers writers = new Writers(pipe, kpl);
      writers.writeThroughReshard(client);
      for (Reader reader : List.of(files, leases)) {
        reader.awaitAll(kpl.sent());
        assertAllOfScribbler(reader.ofScribbler(), writers.count);
        assertAllOfKpl(reader.ofKpl(), kpl.sent());
        assertSomeMisplaced(reader.ofKpl(), client);
      }
    }
  }

  private static void assertAllOfScribbler(List<Seen> seen, int count) {
    assertThat(seen).extracting(Seen::identity).doesNotContainNull();
    Map<String, Set<String>> texts =
        seen.stream()
            .collect(
                Collectors.groupingBy(
                    Seen::identity, Collectors.mapping(Seen::text, Collectors.toSet())));
    assertThat(texts.values())
        .as("an identity for each message")
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, count).mapToObj(i -> Set.of("scribbler-" + i)).toList());
    assertThat(seen).extracting(Seen::topic).containsOnly(TOPIC);
  }

  private static void assertAllOfKpl(List<Seen> seen, Map<String, KplProducer.Sent> sent) {
    Map<String, Long> times =
        seen.stream().collect(Collectors.groupingBy(Seen::text, Collectors.counting()));
    assertThat(times).containsOnlyKeys(sent.keySet());
    // KPL sends again what went to a wrong shard; the consumer throws neither away.
    sent.forEach(
        (text, put) ->
            assertThat(times.get(text)).as(text).isBetween((long) put.taken(), (long) put.tried()));
    assertThat(seen).extracting(Seen::topic).containsOnly(STREAM);
    assertThat(seen).extracting(Seen::identity).containsOnlyNulls();
    assertThat(seen)
        .allSatisfy(message -> assertThat(message.key).isEqualTo(key(number(message.text))));
  }

  /** KCL by itself would throw away the aggregates that these are in. */
  private static void assertSomeMisplaced(List<Seen> seen, KinesisClient client) {
    Map<String, HashKeyRange> ranges =
        client.listShards(r -> r.streamName(STREAM)).shards().stream()
            .collect(Collectors.toMap(Shard::shardId, Shard::hashKeyRange));
    assertThat(seen)
        .as("handled from a shard that its key does not belong to")
        .anyMatch(message -> !contains(ranges.get(message.shard), hash(message.key)));
  }

  private static boolean contains(HashKeyRange range, BigInteger hash) {
    return hash.compareTo(new BigInteger(range.startingHashKey())) >= 0
        && hash.compareTo(new BigInteger(range.endingHashKey())) <= 0;
  }

  private static BigInteger hash(String key) {
    try {
      return new BigInteger(1, MessageDigest.getInstance("MD5").digest(key.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String key(int number) {
    return "key-" + number;
  }

  private static int number(String text) {
    return Integer.parseInt(text.substring(text.indexOf('-') + 1));
  }

  /** Both producers, which write the same numbers at the same time. */
  private static final class Writers {
    private final Program pipe;
    private final KplProducer kpl;
    private int count;

    Writers(Program pipe, KplProducer kpl) {
      this.pipe = pipe;
      this.kpl = kpl;
    }

    void writeThroughReshard(KinesisClient client) throws Exception {
      // Until KPL knows the shards it makes no aggregates.
      do {
        write(10);
        kpl.flush();
      } while (!aggregates());

      write(1000);
      Streams.split(client, STREAM, Streams.openShards(client, STREAM).get(0));
      await("the split").until(() -> Streams.openShards(client, STREAM).size() == 3);
      assertThat(kpl.held()).as("messages for the shards of before").isEqualTo(1000);
      write(1000);
      kpl.flush();

      write(500);
      List<Shard> open = Streams.openShards(client, STREAM);
      Streams.merge(client, STREAM, open.get(2), open.get(0)); // half of the first, and the second
      await("the merge").until(() -> Streams.openShards(client, STREAM).size() == 2);
      write(500);
      kpl.flush();
      pipe.input().close();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }

    private void write(int more) throws IOException {
      for (int to = count + more; count < to; count++) {
        kpl.put(key(count), "kpl-" + count);
        pipe.input().write(("scribbler-" + count + "\n").getBytes(UTF_8));
      }
      pipe.input().flush();
    }

    /** Whether messages have shared a record. */
    private boolean aggregates() throws Exception {
      Set<String> records = new HashSet<>();
      kpl.sent().values().forEach(sent -> records.add(sent.sequenceNumber()));
      return records.size() < count;
    }
  }

  /** A message as it was handled; the identity is null when it has none. */
  private record Seen(String topic, String shard, String key, String identity, String text) {
    static Seen of(ConsumerMessage message) {
      String identity =
          message.identified()
              ? message.producer() + "/" + message.epoch() + "/" + message.sequence()
              : null;
      return new Seen(message.topic(), message.shardId(), message.key(), identity, message.text());
    }
  }

  /** A consumer of the stream, and what it handled. */
  private record Reader(Consumer consumer, Queue<Seen> seen) implements AutoCloseable {
    static Reader start(URI kinesis, Engine engine) {
      Queue<Seen> seen = new ConcurrentLinkedQueue<>();
      Consumer consumer =
          Consumer.builder().application("etl").stream(STREAM)
              .region("us-east-1")
              .endpoint(kinesis)
              .credentials(() -> AwsBasicCredentials.create("a", "b"))
              .startAt(StartPosition.oldest())
              .engine(engine)
              .onMessage(message -> seen.add(Seen.of(message)))
              .build();
      consumer.start();
      return new Reader(consumer, seen);
    }

    /** Waits for as many messages of each producer as Kinesis took. */
    void awaitAll(Map<String, KplProducer.Sent> sent) {
      int taken = sent.values().stream().mapToInt(KplProducer.Sent::taken).sum();
      await("all messages")
          .untilAsserted(
              () -> {
                assertThat(ofKpl().size()).as("of KPL").isGreaterThanOrEqualTo(taken);
                assertThat(ofScribbler().size())
                    .as("of scribbler")
                    .isGreaterThanOrEqualTo(sent.size());
              });
    }

    List<Seen> ofKpl() {
      return of("kpl-").toList();
    }

    List<Seen> ofScribbler() {
      return of("scribbler-").toList();
    }

    private Stream<Seen> of(String prefix) {
      return seen.stream().filter(message -> message.text.startsWith(prefix));
    }

    @Override
    public void close() {
      consumer.close();
    }
  }
}
