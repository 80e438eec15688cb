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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.kinesis.KinesisClient;

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

  /** Parents are read before children, and nothing is sent to a child before its parent is done. */
  @Test
  void ofEachKeyAcrossASplitAndAMerge() throws Exception {
    local.faults().failRecords(0.2);
    int third = lines.size() / 3;
    try (Program pipe = kinesis.openPipe("s4", strictByKey());
        KinesisClient client = kinesis.client()) {
      OutputStream out = pipe.input();
      write(out, lines.subList(0, third));
      await().until(() -> local.counters().acceptedRecords() > 20);
      var shards = Streams.openShards(client, "s4");
      Streams.split(client, "s4", shards.get(0));
      write(out, lines.subList(third, 2 * third));
      pipe.awaitSaid("4 open shards became 5");
      Streams.merge(client, "s4", shards.get(2), shards.get(3));
      write(out, lines.subList(2 * third, lines.size()));
      out.close();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    List<String> messages = kinesis.tail("s4");
    Counted.assertSame(messages, lines);
    assertThat(byKey(messages)).isEqualTo(byKey(lines));
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
    Map<String, List<String>> byKey = new LinkedHashMap<>();
    messages.forEach(
        message -> byKey.computeIfAbsent(key(message), k -> new ArrayList<>()).add(message));
    return byKey;
  }
}
