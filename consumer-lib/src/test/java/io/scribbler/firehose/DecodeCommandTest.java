package io.scribbler.firehose;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.Streams;
import io.scribbler.record.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DecodeCommandTest {
  private static final Path VECTORS = Path.of("../scribbler-core/src/test/resources/vectors");

  @TempDir private Path dir;

  static Stream<Path> vectors() throws IOException {
    try (Stream<Path> files = Files.list(VECTORS)) {
      List<Path> records = files.filter(f -> f.toString().endsWith(".bin")).sorted().toList();
      assertThat(records).hasSizeGreaterThan(20);
      return records.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void givesWhatEachVectorSays(Path record) throws IOException {
    Object expected = Json.file(Path.of(record.toString().replace(".bin", ".json")));
    Tool tool = decode("--hex", record.toString());
    if (expected instanceof List<?> messages) {
      assertThat(tool.err()).isEmpty();
      assertThat(tool.exitCode()).isZero();
      assertThat(tool.outLines().stream().map(DecodeCommandTest::asInVectors).toList())
          .isEqualTo(messages);
    } else {
      assertThat(tool.exitCode()).isEqualTo(1);
      assertThat(tool.out()).isEmpty();
      assertThat(tool.errLines()).hasSize(1);
      assertThat(tool.err()).contains(record.toString());
    }
  }

  /** The vectors of kpl name only what an aggregate has; we add the key under its usual name. */
  private static Map<String, Object> asInVectors(String line) {
    Map<String, Object> message = Json.object(line);
    if (message.containsKey("partition_key")) {
      assertThat(message.remove("key")).isEqualTo(message.get("partition_key"));
    }
    return message;
  }

  @Test
  void goesOnAfterABadFileAndThenExitsWith1() throws IOException {
    Path good = save("good", Streams.record(Streams.block(Codec.ZSTD, "t", 0, List.of("a", "b"))));
    Path bad = save("bad", new byte[] {(byte) 0xF1, 0x5C, 9, 0});
    Tool tool = decode(bad.toString(), dir.resolve("missing").toString(), good.toString());
    assertThat(tool.exitCode()).isEqualTo(1);
    assertThat(tool.outLines()).hasSize(2);
    assertThat(tool.errLines())
        .hasSize(2)
        .anyMatch(line -> line.contains(bad + ": unknown version 9"))
        .anyMatch(line -> line.contains("missing: no such file"));
  }

  @Test
  void showsTextAsTextAndOtherBytesAsHex() throws IOException {
    Path text = save("text", "grüße \"\n\u2028 \uD83D\uDE00".getBytes(UTF_8));
    Path bytes = save("bytes", new byte[] {(byte) 0xC0, (byte) 0x80});
    Tool tool = decode(text.toString(), bytes.toString());
    assertThat(tool.outLines().stream().map(Json::object).toList())
        .containsExactly(
            Map.of("data", "grüße \"\n\u2028 \uD83D\uDE00"), Map.of("data_hex", "c080"));
  }

  @Test
  void takesARecordFromStandardInput() {
    byte[] record = Streams.record(Streams.block(Codec.GZIP, "t", 5, List.of("a")));
    Tool tool = Tool.runWithInput(record, "decode", "-");
    assertThat(Json.object(tool.out()))
        .containsEntry("topic", "t")
        .containsEntry("sequence", java.math.BigInteger.valueOf(5))
        .containsEntry("data", "a");
  }

  @Test
  void refusesWhatIsTooLargeForARecord() throws IOException {
    Path large = save("large", new byte[(10 << 20) + 1]);
    Tool tool = decode(large.toString());
    assertThat(tool.exitCode()).isEqualTo(1);
    assertThat(tool.err()).contains("over 10 MiB");
  }

  private static Tool decode(String... args) {
    return Tool.run(
        Map.of(), Stream.concat(Stream.of("decode"), Stream.of(args)).toArray(String[]::new));
  }

  private Path save(String name, byte[] record) throws IOException {
    return Files.write(dir.resolve(name), record);
  }
}
