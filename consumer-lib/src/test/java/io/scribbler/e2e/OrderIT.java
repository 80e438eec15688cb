package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.Streams;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** {@code ordering: strict}: order is kept, by first occurrence, whatever fails on the way. */
final class OrderIT {
  /** Small records, so that there are many that could overtake each other. */
  private static final String[] STRICT = {
    "--ordering",
    "strict",
    "--block-size",
    "4KiB",
    "--record-size",
    "4KiB",
    "--linger",
    "10ms",
    "--compression",
    "none"
  };

  @TempDir private Path dir;

  private final List<String> lines = numbered(AccessLog.lines());
  private LocalStream local;
  private Endpoint kinesis;

  @BeforeEach
  void start() {
    local =
        LocalStream.start(
            LocalOptions.defaults().withStream("s1", 1).withStream("s4", 4).withStream("s16", 16));
    kinesis = new Endpoint(local.endpoint(), dir);
  }

  @AfterEach
  void stop() {
    local.close();
  }

  /** Makes each line its own, with the key still in front. */
  private static List<String> numbered(List<String> lines) {
    List<String> numbered = new ArrayList<>(lines.size());
    for (String line : lines) {
      numbered.add(key(line) + " " + numbered.size() + line.substring(key(line).length()));
    }
    return numbered;
  }

  private static String key(String line) {
    int space = line.indexOf(' ');
    return space < 0 ? line : line.substring(0, space);
  }

  @ParameterizedTest(name = "{1} of records fail, {2} of answers are lost")
  @CsvSource({"s1, 0, 0", "s1, 0.2, 0", "s1, 0.2, 0.05"})
  void ofAPipeOnOneShard(String stream, double failing, double lost) throws Exception {
    local.faults().failRecords(failing).dropAfterApplying(lost);
    pipe(stream, STRICT);
    assertThat(firstOccurrences(kinesis.tail(stream), lost > 0)).isEqualTo(lines);
    assertThat(local.counters().failedRecords() > 0).isEqualTo(failing > 0);
  }

  @Test
  void ofEachConnectionOnOneShard() throws Exception {
    local.faults().failRecords(0.2);
    int clients = 4;
    String stream =
        kinesis.yaml(
            "s1",
            ", ordering: strict, block-size: 4KiB, record-size: 4KiB, linger: 10ms,"
                + " compression: none");
    try (Daemon daemon = Daemon.start(dir, Daemon.Settings.streams(stream))) {
      daemon.together(
          clients,
          (client, number) -> {
            for (String line : lines.subList(0, 1000)) {
              client.line("client" + number + " " + line);
            }
          });
      assertThat(daemon.stop()).as(daemon.program().err()).isZero();
    }
    Map<String, List<String>> byClient = byKey(kinesis.tail("s1"));
    assertThat(byClient).hasSize(clients);
    byClient.forEach(
        (client, messages) ->
            assertThat(messages)
                .isEqualTo(
                    lines.subList(0, 1000).stream().map(line -> client + " " + line).toList()));
  }

  @ParameterizedTest(name = "{0}, {1} of records fail, {2} of answers are lost")
  @CsvSource({"s4, 0, 0", "s4, 0.2, 0.05", "s16, 0.2, 0"})
  void ofEachKeyOnManyShards(String stream, double failing, double lost) throws Exception {
    local.faults().failRecords(failing).dropAfterApplying(lost);
    pipe(stream, strictByKey());
    local.faults().reset();
    List<String> messages = firstOccurrences(kinesis.tail(stream), lost > 0);
    assertThat(messages).hasSize(lines.size());
    assertThat(byKey(messages)).isEqualTo(byKey(lines));
    assertThat(kinesis.tailJson(stream).stream().map(message -> message.get("shard")).distinct())
        .hasSize(stream.equals("s4") ? 4 : 16);
  }

  /**
   * A record that was made for a shard before it split may hold keys of both children, so order is
   * that of arrival in the stream, and that within each shard; parents are read before children.
   */
  @Test
  void ofEachKeyAcrossASplitAndAMerge() throws Exception {
    local.faults().failRecords(0.2);
    int third = lines.size() / 3;
    List<Shard> all;
    try (Program pipe = kinesis.openPipe("s4", strictByKey());
        KinesisClient client = kinesis.client()) {
      OutputStream out = pipe.input();
      write(out, lines.subList(0, third));
      await().until(() -> local.counters().acceptedRecords() > 20);
      List<Shard> open = Streams.openShards(client, "s4");
      Streams.split(client, "s4", open.get(0));
      write(out, lines.subList(third, 2 * third));
      pipe.awaitSaid("4 open shards became 5");
      Streams.merge(client, "s4", open.get(2), open.get(3));
      write(out, lines.subList(2 * third, lines.size()));
      out.close();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      all = client.listShards(r -> r.streamName("s4")).shards();
    }
    List<Arrival> arrivals = kinesis.tailJson("s4", "--hex").stream().map(Arrival::of).toList();
    Counted.assertSame(arrivals.stream().map(Arrival::line).toList(), lines);
    assertThat(byKey(arrivals, arrival -> arrival.shard + " " + key(arrival.line)))
        .allSatisfy((key, mine) -> assertRising(mine, Arrival::number));
    List<Arrival> inOrder =
        arrivals.stream().sorted(Comparator.comparingLong(Arrival::number)).toList();
    assertThat(byKey(inOrder, arrival -> key(arrival.line)))
        .allSatisfy((key, mine) -> assertRising(mine, Arrival::millis));
    assertParentsFirst(arrivals, all);
  }

  /** A message as it was read. */
  private record Arrival(String shard, long millis, String line) {
    static Arrival of(Map<String, Object> json) {
      byte[] data = HexFormat.of().parseHex((String) json.get("data_hex"));
      return new Arrival(
          (String) json.get("shard"),
          Long.parseLong(json.get("arrival_millis").toString()),
          new String(data, ISO_8859_1));
    }

    /** The line's number, its second field. */
    long number() {
      return Long.parseLong(line.split(" ", 3)[1]);
    }
  }

  private static void assertRising(List<Arrival> arrivals, ToLongFunction<Arrival> value) {
    assertThat(arrivals.stream().mapToLong(value).toArray()).isSorted();
  }

  /** A shard's messages come after all of those of the shards that it was made of. */
  private static void assertParentsFirst(List<Arrival> arrivals, List<Shard> shards) {
    Set<String> begun = new HashSet<>();
    Set<String> ended = new HashSet<>();
    for (Arrival arrival : arrivals) {
      assertThat(ended).doesNotContain(arrival.shard);
      if (begun.add(arrival.shard)) {
        Shard shard =
            shards.stream()
                .filter(candidate -> candidate.shardId().equals(arrival.shard))
                .findFirst()
                .orElseThrow();
        ended.add(shard.parentShardId());
        ended.add(shard.adjacentParentShardId());
      }
    }
    assertThat(begun).hasSize(shards.size());
  }

  private static String[] strictByKey() {
    List<String> options = new ArrayList<>(List.of(STRICT));
    options.addAll(List.of("--key", "field:1"));
    return options.toArray(String[]::new);
  }

  private void pipe(String stream, String... options) throws Exception {
    Path input = AccessLog.write(dir.resolve("access.log"), lines);
    try (Program pipe = kinesis.pipe(input, stream, options)) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    local.faults().reset();
  }

  private static void write(OutputStream out, List<String> lines) throws Exception {
    out.write((String.join("\n", lines) + "\n").getBytes(ISO_8859_1));
    out.flush();
  }

  private static List<String> firstOccurrences(List<String> messages, boolean mayRepeat) {
    Set<String> seen = new HashSet<>();
    List<String> first = messages.stream().filter(seen::add).toList();
    assertThat(first.size() < messages.size()).as("has repeats").isEqualTo(mayRepeat);
    return first;
  }

  private static Map<String, List<String>> byKey(List<String> messages) {
    return byKey(messages, OrderIT::key);
  }

  private static <T> Map<String, List<T>> byKey(List<T> messages, Function<T, String> key) {
    return messages.stream().collect(Collectors.groupingBy(key));
  }
}
