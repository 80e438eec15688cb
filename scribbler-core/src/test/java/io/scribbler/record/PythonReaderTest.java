package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Python reader of the documentation reads what the Java one reads. Needs {@code python3}, and
 * for zstd either its module zstandard or the command {@code zstd}.
 */
final class PythonReaderTest {
  private static final Path SCRIPT = Path.of("../docs/read_records.py").toAbsolutePath();
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private record Result(int exit, List<String> out, String err) {}

  static Stream<Path> good() {
    return Stream.concat(
        Stream.of("firehose-", "kpl-")
            .flatMap(prefix -> Vectors.names(Vectors.GIVEN, prefix))
            .map(Vectors.GIVEN::resolve),
        Vectors.names(Vectors.OURS, "").map(Vectors.OURS::resolve));
  }

  static Stream<Path> bad() {
    return Vectors.names(Vectors.GIVEN, "bad-").map(Vectors.GIVEN::resolve);
  }

  private Result run(ProcessBuilder process) throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process running = process.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    running.getOutputStream().close();
    assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(
        running.exitValue(), Files.readAllLines(out, UTF_8), Files.readString(err, UTF_8));
  }

  private Result read(Stream<Path> records) throws Exception {
    Stream<String> command = Stream.of("python3", SCRIPT.toString(), "--hex");
    return run(new ProcessBuilder(Stream.concat(command, records.map(Path::toString)).toList()));
  }

  private static Path bin(Path vector) {
    return Path.of(vector + ".bin");
  }

  private static JsonNode json(Path vector) throws IOException {
    return JSON.readTree(Path.of(vector + ".json").toFile());
  }

  @Test
  void theMachineHasPython() throws Exception {
    Result version = run(new ProcessBuilder("python3", "--version"));
    assertThat(version.exit()).as("python3 is needed to test docs/read_records.py").isZero();
  }

  @Test
  void goodRecords() throws Exception {
    Result result = read(good().map(PythonReaderTest::bin));

    assertThat(result.err()).isEmpty();
    assertThat(result.exit()).isZero();
    Iterator<String> lines = result.out().iterator();
    for (Path vector : good().toList()) {
      for (JsonNode message : json(vector)) {
        JsonNode line = JSON.readTree(lines.next());
        for (Map.Entry<String, JsonNode> field : message.properties()) {
          String name = field.getKey().equals("partition_key") ? "key" : field.getKey();
          assertThat(line.get(name)).as("%s in %s", name, vector).isEqualTo(field.getValue());
        }
      }
    }
    assertThat(lines).isExhausted();
  }

  @Test
  void brokenRecords() throws Exception {
    Result result = read(bad().map(PythonReaderTest::bin));

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    Iterator<String> lines = result.err().lines().iterator();
    for (Path vector : bad().toList()) {
      String reason = json(vector).get("error").asText();
      String words = reason.contains(",") ? reason.substring(0, reason.indexOf(',')) : reason;
      assertThat(lines.next()).startsWith(bin(vector) + ": ").contains(words);
    }
    assertThat(lines).isExhausted();
  }

  @Test
  void plainRecords() throws Exception {
    Path record = Files.write(folder.resolve("record"), new byte[] {'h', 'i', (byte) 0xff});

    assertThat(read(Stream.of(record)).out())
        .singleElement()
        .asString()
        .contains("\"data_hex\": \"6869ff\"");
  }

  /** Bodies that only a look at the frame itself tells from good ones. */
  @Test
  void somethingAfterTheFrame() throws Exception {
    byte[] raw = {0x0a, 0};
    byte[] frame = Zstd.compress(raw);
    for (byte[] more : List.of(new byte[1], frame)) {
      byte[] body = Arrays.copyOf(frame, frame.length + more.length);
      System.arraycopy(more, 0, body, frame.length, more.length);
      byte[] record = Records.oneBlock(body, block -> block.setCodecValue(1).setRawSize(2));

      Result result = read(Stream.of(Files.write(folder.resolve("record"), record)));

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.err()).contains("something after the zstd frame");
    }
  }

  /** Without the command and without the modules it says what to install. */
  @Test
  void withoutZstd() throws Exception {
    String program =
        "import sys, os; sys.modules['zstandard'] = None; sys.modules['compression'] = None;"
            + " os.environ['PATH'] = '/nowhere'; sys.path.insert(0, '"
            + SCRIPT.getParent()
            + "'); sys.dont_write_bytecode = True; import read_records;"
            + " sys.exit(read_records.main())";
    Path record = bin(Vectors.GIVEN.resolve("firehose-real-zstd"));

    Result result = run(new ProcessBuilder("python3", "-c", program, record.toString()));

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("install the command zstd");
  }
}
