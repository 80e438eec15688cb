package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.firehose.Json;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with input, usage or surroundings: said clearly, and with the right exit code. */
final class BadInputIT {
  @TempDir private Path dir;

  private final List<String> lines = AccessLog.lines();
  private LocalStream local;
  private Endpoint kinesis;

  @BeforeEach
  void start() {
    local = LocalStream.start(LocalOptions.defaults().withStream("s", 2));
    kinesis = new Endpoint(local.endpoint(), dir);
  }

  @AfterEach
  void stop() {
    local.close();
  }

  @Test
  void aLineTooLongIsDeadLetteredAndTheStreamGoesOn() throws Exception {
    String tooLong = "x".repeat(200_000);
    Path input = AccessLog.write(dir.resolve("in"), List.of("before", tooLong, "after"));
    try (Program pipe =
        kinesis.pipe(input, "s", "--max-message", "100KiB", "--producer", "pixel-9")) {
      assertThat(pipe.exitCode()).isEqualTo(75);
      assertThat(pipe.errLines())
          .anyMatch(
              line ->
                  line.contains("1 message could not be delivered (too_long)")
                      && line.contains(kinesis.spool() + "/dead-letter"));
    }
    Counted.assertSame(kinesis.tail("s"), List.of("before", "after"));
    List<Path> files;
    try (var listed = Files.list(Path.of(kinesis.spool(), "dead-letter"))) {
      files = listed.toList();
    }
    assertThat(files).hasSize(1);
    Map<String, Object> letter = Json.object(Files.readString(files.get(0)).strip());
    assertThat(letter.get("length")).hasToString("200000");
    assertThat(letter.get("data")).isEqualTo("x".repeat(65_536));
  }

  @Test
  void bytesThatAreNoUtf8PassUnchanged() throws Exception {
    StringBuilder all = new StringBuilder();
    for (char c = 0; c < 256; c++) {
      if (c != '\n' && c != '\r') {
        all.append(c);
      }
    }
    List<String> odd = List.of(all.toString(), "\u00c3(", "\u00ff\u00fe\0", "plain");
    try (Program pipe = kinesis.pipe(AccessLog.write(dir.resolve("in"), odd), "s")) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    Counted.assertSame(kinesis.tail("s"), odd);
  }

  @Test
  void emptyLinesAreSkippedAndTheLastNeedsNoNewline() throws Exception {
    Path input = dir.resolve("in");
    Files.writeString(input, "\none\n\n\ntwo\nlast without newline");
    try (Program pipe = kinesis.pipe(input, "s")) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    Counted.assertSame(kinesis.tail("s"), List.of("one", "two", "last without newline"));
  }

  @Test
  void noInputAtAllIsNoError() throws Exception {
    try (Program pipe = kinesis.pipe(Path.of("/dev/null"), "s")) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    assertThat(kinesis.tail("s")).isEmpty();
  }

  @Test
  void closedStandardInputIsNoInput() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("sh", "-c", "exec \"$0\" \"$@\" <&-", System.getProperty("program.scribbler")));
    command.addAll(kinesis.pipeArguments("s"));
    try (Program pipe = Program.start(Program.Setup.in(dir), "closed", command)) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
  }

  @Test
  void failFastEndsOnAMissingStream() throws Exception {
    Path input = AccessLog.write(dir.resolve("in"), List.of("one"));
    try (Program pipe = kinesis.pipe(input, "nowhere", "--fail-fast")) {
      assertThat(pipe.exitCode()).isEqualTo(2);
      assertThat(pipe.errLines())
          .filteredOn(line -> line.contains("ERROR") && !line.contains("lost: 1 messages"))
          .singleElement()
          .asString()
          .contains("nowhere", "create the stream");
    }
  }

  @Test
  void aMissingStreamIsWaitedFor() throws Exception {
    Path input = AccessLog.write(dir.resolve("in"), lines);
    try (Program pipe = kinesis.pipe(input, "later")) {
      pipe.awaitSaid("create the stream");
      kinesis.create("later", 2);
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      assertThat(pipe.errLines()).filteredOn(line -> line.contains("ERROR")).hasSize(1);
    }
    Counted.assertSame(kinesis.tail("later"), lines);
  }

  @ParameterizedTest(name = "scribbler {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--stream s|no region",
        "--stream s --region us-east-1 --colour red|--colour",
        "--topic t|--stream",
        "--stream s --region us-east-1 --topic _t|--topic",
        "--stream s --region us-east-1 --linger soon|soon",
        "--stream s --region us-east-1 --block-size 1|--block-size",
        "--stream s --region us-east-1 --acks none|--acks",
        "--stream s --endpoint http://127.0.0.1:99999|--endpoint",
        "--stream a/b --region us-east-1|--stream",
        "--stream s --region us-east-1 --admin here|--admin",
        "--stream s --region us-east-1 --memory 10GiB|JAVA_OPTS=-Xmx",
        "run|--config",
        "run --config /does/not/exist|/does/not/exist",
        "wander|wander"
      })
  void wrongUsageIsOneClearLine(String arguments, String says) throws Exception {
    try (Program program = Program.Setup.in(dir).scribbler(arguments.split(" "))) {
      assertThat(program.exitCode()).as(program.err()).isEqualTo(2);
      assertThat(program.errLines().get(0)).contains(says);
      assertThat(program.err()).doesNotContain("Exception", "\tat ");
      assertThat(program.errLines()).hasSizeLessThanOrEqualTo(2);
      assertThat(program.outLines()).isEmpty();
    }
  }

  @Test
  void allThatIsWrongInAFileIsToldAtOnce() throws Exception {
    String file =
        Daemon.configure(
            dir, Daemon.Settings.streams("  - { name: s, colour: red, linger: soon }\n"));
    for (String command : List.of("run", "check")) {
      try (Program program = Program.Setup.in(dir).scribbler(command, "--config", file)) {
        assertThat(program.exitCode()).isEqualTo(2);
        assertThat(program.errLines())
            .hasSize(2)
            .anyMatch(line -> line.contains("colour"))
            .anyMatch(line -> line.contains("linger") && line.contains("soon"));
      }
    }
  }

  @Test
  void aStopWhileKinesisIsDownKeepsToItsDeadlineAndToWhatIsSpooled() throws Exception {
    local.goDown();
    try (Program pipe = kinesis.openPipe("s", "--shutdown-timeout", "1s")) {
      pipe.input().write("one\ntwo\nthree\n".getBytes(ISO_8859_1));
      pipe.input().flush();
      pipe.awaitSaid("trying again");
      long start = System.nanoTime();
      pipe.terminate();
      assertThat(pipe.exitCode()).isEqualTo(75);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(pipe.err()).contains("3 messages lie on disk");
    }
  }

  @Test
  void aTeeToAFullDiskNeverStopsDelivery() throws Exception {
    Path input = AccessLog.write(dir.resolve("in"), lines);
    List<String> arguments = kinesis.pipeArguments("s", "--tee");
    try (Program pipe =
        Program.Setup.in(dir)
            .withInput(input)
            .withOutput(Path.of("/dev/full"))
            .scribbler(arguments)) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      assertThat(pipe.err()).contains("WARN", "standard output", "No space left");
    }
    Counted.assertSame(kinesis.tail("s"), lines);
  }

  @Test
  void aTeeFileIsOpenedAgainAfterRotation() throws Exception {
    Path log = dir.resolve("app.log");
    Path rotated = dir.resolve("app.log.1");
    List<String> written = new ArrayList<>();
    try (Program pipe = kinesis.openPipe("s", "--tee-file", log.toString())) {
      OutputStream out = pipe.input();
      append(out, written, "before");
      await().until(() -> Files.exists(log) && read(log).equals(List.of("before")));
      Files.move(log, rotated);
      await()
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                append(out, written, "after " + written.size());
                return Files.exists(log) && !read(log).isEmpty();
              });
      out.close();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    List<String> teed = new ArrayList<>(read(rotated));
    teed.addAll(read(log));
    assertThat(teed).isEqualTo(written);
    Counted.assertSame(kinesis.tail("s"), written);
  }

  private static void append(OutputStream out, List<String> written, String line)
      throws IOException {
    out.write((line + "\n").getBytes(ISO_8859_1));
    out.flush();
    written.add(line);
  }

  private static List<String> read(Path file) throws IOException {
    return Files.readAllLines(file, ISO_8859_1);
  }
}
