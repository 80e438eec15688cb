package io.scribbler.firehose;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** The distribution as a process of its own. */
final class LauncherIT {
  private static final Path LAUNCHER = Path.of("target/dist/bin/firehose").toAbsolutePath();
  private static final Path VECTORS =
      Path.of("../scribbler-core/src/test/resources/vectors").toAbsolutePath().normalize();
  private static final String STREAM = "events";
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path dir;

  @Test
  void saysItsVersion() throws Exception {
    Run run = run(Map.of(), LAUNCHER.toString(), "--version");
    assertThat(run.out()).startsWith("firehose ").contains(".");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void runsFromAnywhereThroughLinks() throws Exception {
    Path far = Files.createDirectories(dir.resolve("a b/c"));
    Path first = Files.createSymbolicLink(far.resolve("first"), LAUNCHER);
    Path second = Files.createSymbolicLink(far.resolve("second"), first.getFileName());
    Run run = run(Map.of(), second.toString(), "--version");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("firehose ");
  }

  @Test
  void runsWithoutAWordWhereItsArchiveDoesNotFit() throws Exception {
    Path dist = dir.resolve("moved dist");
    copy(LAUNCHER.getParent().getParent(), dist);
    Run moved = run(Map.of(), dist.resolve("bin/firehose").toString(), "--version");
    assertThat(moved.err()).isEmpty();
    assertThat(moved.out()).startsWith("firehose ").hasLineCount(1);
    Files.writeString(dist.resolve("lib/firehose.jsa"), "no archive");
    Run broken = run(Map.of(), dist.resolve("bin/firehose").toString(), "--version");
    assertThat(broken.err()).isEmpty();
    assertThat(broken.out()).startsWith("firehose ").hasLineCount(1);
  }

  @Test
  void usesItsArchive() throws Exception {
    Run run = run(Map.of("JAVA_OPTS", "-Xlog:class+load=info"), LAUNCHER.toString(), "--version");
    assertThat(run.out())
        .containsPattern("io.scribbler.firehose.Firehose source: shared objects file");
  }

  @Test
  void decodesAllVectorsIn256MiB() throws Exception {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "decode", "--hex"));
    long messages = 0;
    long bad = 0;
    try (Stream<Path> files = Files.list(VECTORS)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".bin")).sorted().toList()) {
        command.add(file.toString());
        Object expected = Json.file(Path.of(file.toString().replace(".bin", ".json")));
        messages += expected instanceof List<?> list ? list.size() : 0;
        bad += expected instanceof List<?> ? 0 : 1;
      }
    }
    Run run = run(Map.of("JAVA_OPTS", "-Xmx256m"), command.toArray(String[]::new));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out().lines()).hasSize((int) messages);
    assertThat(run.err().lines()).hasSize((int) bad).allMatch(line -> line.contains("/bad-"));
  }

  @Test
  void saysWhenThereIsNoJavaOrOneThatIsTooOld() throws Exception {
    Run none = run(Map.of("JAVA_HOME", dir.toString()), LAUNCHER.toString(), "--version");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err().lines()).hasSize(1);
    assertThat(none.err()).contains("no Java in JAVA_HOME").contains("17 or newer");
    Path java = Files.createDirectories(dir.resolve("old/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nexit 9\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(dir.resolve("old/release"), "JAVA_VERSION=\"1.8.0_412\"\n");
    Run old =
        run(Map.of("JAVA_HOME", dir.resolve("old").toString()), LAUNCHER.toString(), "--version");
    assertThat(old.exitCode()).isEqualTo(2);
    assertThat(old.err()).contains("is Java 8; firehose needs 17 or newer");
  }

  @Test
  void needsARegion() throws Exception {
    Run run =
        run(
            Map.of("AWS_EC2_METADATA_DISABLED", "true", "AWS_CONFIG_FILE", "/nowhere"),
            LAUNCHER.toString(),
            "tail",
            "--stream",
            STREAM);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1);
    assertThat(run.err()).contains("no AWS region; give --region, or set AWS_REGION");
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalEndsItWithAllPrinted(String signal) throws Exception {
    try (LocalStream local = stream();
        KinesisClient client = Streams.client(local)) {
      List<String> lines = IntStream.range(0, 1000).mapToObj(i -> "line-" + i).toList();
      Streams.put(client, STREAM, 0.5, Streams.record(block(lines)));
      Path out = dir.resolve("out");
      Process process = tail(local).redirectOutput(out.toFile()).start();
      await().atMost(SOON).until(() -> Files.readAllLines(out).size() == lines.size());
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
      assertThat(Files.readAllLines(out)).isEqualTo(lines);
    }
  }

  @Test
  void endsQuietlyWhenItsOutputIsClosed() throws Exception {
    try (LocalStream local = stream();
        KinesisClient client = Streams.client(local)) {
      for (int i = 0; i < 20; i++) {
        List<String> lines = IntStream.range(0, 10_000).mapToObj(n -> "line-" + n).toList();
        Streams.put(client, STREAM, 0.5, Streams.record(block(lines)));
      }
      Process process = tail(local).start();
      process.getInputStream().read();
      process.getInputStream().close();
      assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
      assertThat(process.exitValue()).isZero();
    }
  }

  @Test
  void saysWhenItsOutputIsFull() throws Exception {
    try (LocalStream local = stream();
        KinesisClient client = Streams.client(local)) {
      Streams.put(client, STREAM, 0.5, Streams.record(block(List.of("x"))));
      Process process = tail(local).redirectOutput(Path.of("/dev/full").toFile()).start();
      assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
      assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8))
          .hasLineCount(1)
          .contains("No space left");
    }
  }

  private static LocalStream stream() {
    return LocalStream.start(LocalOptions.defaults().withStream(STREAM, 1));
  }

  private static byte[] block(List<String> lines) {
    return Streams.block(Codec.ZSTD, "t", 0, lines);
  }

  /** Signals as a shell in the foreground has them, whatever the tests were started by. */
  private static ProcessBuilder tail(LocalStream local) {
    ProcessBuilder process =
        new ProcessBuilder(
            "env",
            "--default-signal=INT",
            LAUNCHER.toString(),
            "tail",
            "--stream",
            STREAM,
            "--from",
            "oldest",
            "--endpoint",
            local.endpoint().toString());
    cleanEnvironment(process);
    return process;
  }

  private record Run(int exitCode, String out, String err) {}

  private Run run(Map<String, String> environment, String... command) throws Exception {
    Path out = dir.resolve("stdout");
    Path err = dir.resolve("stderr");
    ProcessBuilder process = new ProcessBuilder(command).directory(dir.toFile());
    cleanEnvironment(process);
    process.environment().putAll(environment);
    process.redirectOutput(out.toFile()).redirectError(err.toFile());
    Process running = process.start();
    assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(running.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static void cleanEnvironment(ProcessBuilder process) {
    process.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    process.environment().remove("JAVA_OPTS");
    process.environment().put("JAVA_HOME", System.getProperty("java.home"));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
