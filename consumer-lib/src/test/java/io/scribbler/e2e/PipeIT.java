package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code scribbler} as a pipe: what goes in comes out of {@code firehose tail}, each line once. */
final class PipeIT {
  @TempDir private static Path dir;

  private static final List<String> LINES = AccessLog.lines();
  private static LocalStream local;
  private static Endpoint kinesis;
  private static Path input;

  @BeforeAll
  static void start() throws Exception {
    local = LocalStream.start(LocalOptions.defaults());
    kinesis = new Endpoint(local.endpoint(), dir);
    input = AccessLog.write(dir.resolve("access.log"), LINES);
  }

  @AfterAll
  static void stop() {
    local.close();
  }

  @ParameterizedTest(name = "{1} {2}, {0} shards")
  @CsvSource({
    "1, firehose, zstd", "4, firehose, zstd", "16, firehose, zstd",
    "1, firehose, gzip", "4, firehose, gzip", "16, firehose, gzip",
    "1, firehose, none", "4, firehose, none", "16, firehose, none",
    "1, kpl, none", "4, kpl, none", "16, kpl, none",
    "1, plain, none", "4, plain, none", "16, plain, none"
  })
  void everyLineOnce(int shards, String format, String compression) throws Exception {
    String stream = format + "-" + compression + "-" + shards;
    kinesis.create(stream, shards);
    String[] options =
        format.equals("firehose")
            ? new String[] {"--format", format, "--compression", compression}
            : new String[] {"--format", format};
    try (Program pipe = kinesis.pipe(input, stream, options)) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      assertThat(pipe.err()).doesNotContain("WARN", "ERROR");
      assertThat(pipe.outLines()).isEmpty();
    }
    Counted.assertSame(kinesis.tail(stream), LINES);
  }

  @Test
  void sequencesCountUpByOneInOneEpoch() throws Exception {
    kinesis.create("identity", 4);
    try (Program pipe =
        kinesis.pipe(input, "identity", "--topic", "hits", "--producer", "pixel-9")) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    List<Map<String, Object>> messages = kinesis.tailJson("identity", "--topic", "hits");
    assertThat(messages).allMatch(message -> message.get("producer").equals("pixel-9"));
    assertThat(messages.stream().map(message -> message.get("epoch")).distinct()).hasSize(1);
    long first = messages.stream().mapToLong(PipeIT::sequence).min().orElseThrow();
    assertThat(messages.stream().map(PipeIT::sequence).sorted().toList())
        .isEqualTo(LongStream.range(first, first + LINES.size()).boxed().toList());
  }

  private static long sequence(Map<String, Object> message) {
    return Long.parseLong(message.get("sequence").toString());
  }

  /** All three programs as processes, as a person runs them. */
  @Test
  void threeProcesses() throws Exception {
    Program.Setup setup = Program.Setup.in(dir);
    try (Program stream = setup.scribbler("local", "--port", "0", "--stream", "demo:4")) {
      Matcher address = Pattern.compile("http://\\S+").matcher(stream.awaitSaid("listening").err());
      assertThat(address.find()).isTrue();
      Endpoint there = new Endpoint(URI.create(address.group()), dir);
      try (Program pipe = there.pipe(input, "demo", "--tee")) {
        assertThat(pipe.exitCode()).as(pipe.err()).isZero();
        assertThat(pipe.outLines()).isEqualTo(LINES);
      }
      List<String> arguments = new ArrayList<>(List.of("tail"));
      arguments.addAll(there.tailArguments("demo"));
      try (Program tail = setup.firehose(arguments.toArray(String[]::new))) {
        assertThat(tail.exitCode()).as(tail.err()).isZero();
        assertThat(tail.err()).isEmpty();
        Counted.assertSame(tail.outLines(), LINES);
      }
      stream.terminate();
      assertThat(stream.exitCode()).isZero();
    }
  }

  /** A line is there for readers while its writer still runs, and tail ends well on SIGTERM. */
  @Test
  void followsAWriterThatGoesOn() throws Exception {
    kinesis.create("live", 2);
    Program.Setup setup = Program.Setup.in(dir);
    try (Program pipe = kinesis.openPipe("live");
        Program tail =
            setup.firehose(
                "tail",
                "--stream",
                "live",
                "--endpoint",
                local.endpoint().toString(),
                "--from",
                "oldest")) {
      OutputStream out = pipe.input();
      out.write("first\n".getBytes(ISO_8859_1));
      out.flush();
      await().until(() -> tail.outLines().equals(List.of("first")));
      out.write("second\nwithout newline".getBytes(ISO_8859_1));
      out.flush();
      await().until(() -> tail.outLines().contains("second"));
      out.close();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      await().until(() -> tail.outLines().contains("without newline"));
      tail.terminate();
      assertThat(tail.exitCode()).as(tail.err()).isZero();
    }
  }

  /** SIGTERM while input is open: what was read is delivered, and the exit code is 0. */
  @Test
  void drainsOnTheSignal() throws Exception {
    kinesis.create("signal", 4);
    Path teed = dir.resolve("teed");
    try (Program pipe =
        kinesis.openPipe("signal", "--linger", "30s", "--tee-file", teed.toString())) {
      pipe.input().write((String.join("\n", LINES.subList(0, 500)) + "\n").getBytes(ISO_8859_1));
      pipe.input().flush();
      await().until(() -> Files.exists(teed) && Files.readAllLines(teed, ISO_8859_1).size() == 500);
      assertThat(kinesis.tail("signal")).isEmpty();
      pipe.terminate();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    Counted.assertSame(kinesis.tail("signal"), LINES.subList(0, 500));
  }
}
