package io.scribbler.firehose;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.Streams;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Codec;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;

final class TailCommandTest {
  private static final String STREAM = "events";
  private static final byte[] BROKEN = {(byte) 0xF1, 0x5C, 2, 0, 1};

  private LocalStream local;
  private KinesisClient client;

  @BeforeEach
  void start() {
    local =
        LocalStream.start(
            LocalOptions.defaults()
                .withStream(STREAM, 4)
                .withStream("s1", 1)
                .withStream("s16", 16));
    client = Streams.client(local);
  }

  @AfterEach
  void stop() {
    client.close();
    local.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"s1", STREAM, "s16"})
  void printsEveryMessageOfAllFormatsAndCodecsOnce(String stream) {
    List<String> all = new ArrayList<>();
    int n = 0;
    for (Codec codec : Codec.values()) {
      for (int i = 0; i < 16; i++, n++) {
        List<String> lines = lines(codec + "-" + i, 25);
        all.addAll(lines);
        Streams.put(client, stream, i / 16.0, record(Streams.block(codec, "t", n * 25L, lines)));
      }
    }
    for (int i = 0; i < 16; i++) {
      List<String> lines = lines("kpl-" + i, 25);
      all.addAll(lines);
      Streams.put(client, stream, i / 16.0, Streams.kpl(lines));
      all.add("plain-" + i);
      Streams.put(client, stream, i / 16.0, ("plain-" + i).getBytes(UTF_8));
    }
    Tool tool = tail("--stream", stream, "--from", "oldest");
    assertThat(tool.err()).isEmpty();
    assertThat(tool.exitCode()).isZero();
    assertThat(tool.outLines()).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void keepsTheOrderOfAShard() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      List<String> lines = lines("r" + i, 10);
      all.addAll(lines);
      Streams.put(client, STREAM, 0.3, record(Streams.block(Codec.ZSTD, "t", i * 10L, lines)));
    }
    assertThat(tail("--stream", STREAM, "--from", "oldest").outLines()).isEqualTo(all);
  }

  @Test
  void printsAllMetadataAsJson() {
    byte[] record = record(Streams.block(Codec.ZSTD, "clicks", 41, List.of("one", "zwei ü")));
    PutRecordResponse put = Streams.put(client, STREAM, 0.5, record);
    Tool tool = tail("--stream", STREAM, "--from", "oldest", "--json");
    assertThat(tool.outLines()).hasSize(2);
    Map<String, Object> last = Json.object(tool.outLines().get(1));
    long arrival = ((BigInteger) last.remove("arrival_millis")).longValueExact();
    assertThat(arrival).isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
    assertThat(last)
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("topic", "clicks"),
                Map.entry("producer", Streams.PRODUCER),
                Map.entry("epoch", BigInteger.valueOf(Streams.EPOCH)),
                Map.entry("sequence", BigInteger.valueOf(42)),
                Map.entry("time_millis", BigInteger.valueOf(Streams.TIME)),
                Map.entry("key", ""),
                Map.entry("attributes", Map.of()),
                Map.entry("data", "zwei ü"),
                Map.entry("stream", STREAM),
                Map.entry("shard", put.shardId()),
                Map.entry("kinesis_sequence", put.sequenceNumber())));
  }

  @Test
  void aPlainMessageHasTheSettingsTopicItsPartitionKeyAndItsArrival() {
    Streams.put(client, STREAM, 0.5, "hello".getBytes(UTF_8));
    Map<String, Object> plain =
        Json.object(tail("--stream", STREAM, "--from", "oldest", "--json").out());
    assertThat(plain)
        .containsEntry("topic", STREAM)
        .containsEntry("key", "key-of-kinesis")
        .containsEntry("time_millis", plain.get("arrival_millis"))
        .containsEntry("data", "hello")
        .doesNotContainKeys("producer", "epoch", "sequence");
    Tool named = tail("--stream", STREAM, "--from", "oldest", "--topic-name", "x", "--topic", "x");
    assertThat(named.outLines()).containsExactly("hello");
  }

  @Test
  void showsTheTopicsAskedForAndSystemTopicsOnlyByName() {
    put("a", "1");
    put("b", "2");
    put("_trace", "3");
    assertThat(tail("--stream", STREAM, "--from", "oldest").outLines())
        .containsExactlyInAnyOrder("1", "2");
    assertThat(tail("--stream", STREAM, "--from", "oldest", "--topic", "a").outLines())
        .containsExactly("1");
    assertThat(
            tail("--stream", STREAM, "--from", "oldest", "--topic", "b", "--topic", "_trace")
                .outLines())
        .containsExactlyInAnyOrder("2", "3");
  }

  @Test
  void neverDecompressesBlocksOfOtherTopics() {
    byte[] other = Streams.block(Codec.NONE, "other", 0, List.of("x"));
    // A count that doesn't fit is found only by reading the block.
    byte[] miscounted = miscounted(other);
    Streams.put(
        client,
        STREAM,
        0.1,
        record(miscounted, Streams.block(Codec.ZSTD, "wanted", 0, List.of("y"))));
    Tool wanted = tail("--stream", STREAM, "--from", "oldest", "--topic", "wanted");
    assertThat(wanted.outLines()).containsExactly("y");
    assertThat(wanted.exitCode()).isZero();
    Tool both = tail("--stream", STREAM, "--from", "oldest");
    assertThat(both.outLines()).containsExactly("y");
    assertThat(both.exitCode()).isEqualTo(1);
  }

  @Test
  void saysARecordThatCannotBeReadAndGoesOn() {
    put("t", "before");
    PutRecordResponse bad = Streams.put(client, STREAM, 0.1, BROKEN);
    put("t", "after");
    Tool tool = tail("--stream", STREAM, "--from", "oldest");
    assertThat(tool.outLines()).containsExactly("before", "after");
    assertThat(tool.exitCode()).isEqualTo(1);
    assertThat(tool.errLines()).hasSize(1);
    assertThat(tool.err())
        .contains(bad.shardId())
        .contains(bad.sequenceNumber())
        .contains("unknown version 2");
  }

  @Test
  void endsAfterTheLimit() {
    for (int i = 0; i < 8; i++) {
      Streams.put(client, STREAM, i / 8.0, record(block("t", lines("m" + i, 10))));
    }
    for (int limit : new int[] {0, 7, 10, 55}) {
      Tool tool =
          run("tail", "--stream", STREAM, "--from", "oldest", "--limit", Integer.toString(limit));
      assertThat(tool.exitCode()).isZero();
      assertThat(tool.outLines()).hasSize(limit).doesNotHaveDuplicates();
    }
  }

  @Test
  void messagesOfSeveralShardsDoNotMixHoweverLong() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      String line = Character.toString('a' + i).repeat(300_000);
      all.add(line);
      Streams.put(client, "s16", i / 16.0, record(block("t", List.of(line))));
    }
    assertThat(tail("--stream", "s16", "--from", "oldest").outLines())
        .containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void hexWithoutJson() {
    put("t", "AZ");
    assertThat(tail("--stream", STREAM, "--from", "oldest", "--hex").outLines())
        .containsExactly("415a");
  }

  @Test
  void endsQuietlyWhenNobodyReads() {
    put("t", "x");
    Tool tool =
        new Tool(environment())
            .runInto(
                new Failing("Broken pipe"),
                "tail",
                "--stream",
                STREAM,
                "--from",
                "oldest",
                "--until-idle",
                "400ms");
    assertThat(tool.err()).isEmpty();
    assertThat(tool.exitCode()).isZero();
  }

  @Test
  void failsWhenTheMissingStreamMustBeThere() {
    Tool tool = run("tail", "--stream", "nowhere", "--fail-fast");
    assertThat(tool.exitCode()).isEqualTo(2);
    assertThat(tool.errLines()).hasSize(1);
    assertThat(tool.err()).contains("stream nowhere: the stream is missing; create it");
  }

  @Test
  void countsTopicsFromHeaders() {
    Streams.put(
        client,
        STREAM,
        0.1,
        record(
            Streams.block(Codec.ZSTD, "a", 0, lines("a", 100)),
            Streams.block(Codec.NONE, "b", 0, lines("b", 10))));
    Streams.put(client, STREAM, 0.9, record(Streams.block(Codec.GZIP, "a", 100, lines("a", 5))));
    Streams.put(client, STREAM, 0.9, BROKEN);
    Tool tool = run("topics", "--stream", STREAM, "--json");
    assertThat(tool.exitCode()).isEqualTo(1);
    List<Map<String, Object>> topics = tool.outLines().stream().map(Json::object).toList();
    assertThat(topics).hasSize(2);
    assertThat(topics.get(0))
        .containsEntry("topic", "a")
        .containsEntry("messages", BigInteger.valueOf(105))
        .containsEntry("producers", List.of(Streams.PRODUCER))
        .containsEntry("codecs", List.of("zstd", "gzip"))
        .containsEntry("first_millis", BigInteger.valueOf(Streams.TIME));
    assertThat(topics.get(1)).containsEntry("messages", BigInteger.TEN);
    Tool table = run("topics", "--stream", STREAM, "--until-idle", "400ms");
    assertThat(table.outLines().get(0)).startsWith("TOPIC");
    assertThat(table.outLines().get(1)).startsWith("a").contains("105").contains("zstd,gzip");
  }

  private Tool tail(String... args) {
    return run(
        Stream.of(Stream.of("tail"), Stream.of(args), Stream.of("--until-idle", "400ms"))
            .flatMap(part -> part)
            .toArray(String[]::new));
  }

  private Tool run(String... args) {
    return Tool.run(environment(), args);
  }

  private Map<String, String> environment() {
    return Map.of("AWS_ENDPOINT_URL", local.endpoint().toString());
  }

  private void put(String topic, String message) {
    Streams.put(client, STREAM, 0.1, record(block(topic, List.of(message))));
  }

  private static byte[] block(String topic, List<String> messages) {
    return Streams.block(Codec.ZSTD, topic, 0, messages);
  }

  private static byte[] record(byte[]... blocks) {
    return Streams.record(blocks);
  }

  private static List<String> lines(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + "-" + i).toList();
  }

  /** A block of one message whose count says 2; a body of its own size stays as it is. */
  private static byte[] miscounted(byte[] block) {
    for (int i = 0; i + 1 < block.length; i++) {
      if (block[i] == 5 << 3 && block[i + 1] == 1) {
        block[i + 1] = 2;
        return block;
      }
    }
    throw new AssertionError("no count");
  }

  private static final class Failing extends OutputStream {
    private final String message;

    Failing(String message) {
      this.message = message;
    }

    @Override
    public void write(int b) throws IOException {
      throw new IOException(message);
    }
  }
}
