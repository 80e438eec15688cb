package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One of the programs that are shipped, as a process of its own; closing kills what still runs. */
final class Program implements AutoCloseable {

  private final Process process;
  private final Path out;
  private final Path err;

  private Program(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** How a program is started; immutable. */
  record Setup(Path dir, Path input, Path output, Map<String, String> environment) {
    /** With no input, output into a file of its own, and nothing of AWS in the environment. */
    static Setup in(Path dir) {
      return new Setup(dir, Path.of("/dev/null"), null, Map.of());
    }

    Setup withInput(Path file) {
      return new Setup(dir, file, output, environment);
    }

    /** With its standard input open until it is closed. */
    Setup withPipe() {
      return new Setup(dir, null, output, environment);
    }

    Setup withOutput(Path file) {
      return new Setup(dir, input, file, environment);
    }

    Setup withEnvironment(Map<String, String> more) {
      return new Setup(dir, input, output, more);
    }

    Program scribbler(List<String> arguments) {
      return start("scribbler", arguments);
    }

    Program scribbler(String... arguments) {
      return start("scribbler", Arrays.asList(arguments));
    }

    Program firehose(String... arguments) {
      return start("firehose", Arrays.asList(arguments));
    }

    private Program start(String name, List<String> arguments) {
      List<String> command = new ArrayList<>();
      command.add(System.getProperty("program." + name));
      command.addAll(arguments);
      return Program.start(this, name, command);
    }
  }

  static Program start(Setup setup, String name, List<String> command) {
    try {
      Path out =
          setup.output == null ? Files.createTempFile(setup.dir, name, ".out") : setup.output;
      Path err = Files.createTempFile(setup.dir, name, ".err");
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().keySet().removeIf(key -> key.startsWith("AWS_"));
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().put("HOME", setup.dir.toString());
      builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
      builder.environment().putAll(setup.environment);
      if (setup.input != null) {
        builder.redirectInput(setup.input.toFile());
      }
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
      builder.redirectError(err.toFile());
      return new Program(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its standard input, if it was started with a pipe. */
  OutputStream input() {
    return process.getOutputStream();
  }

  long pid() {
    return process.pid();
  }

  /** Waits for its end. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("it does not end; it said: %s", err());
    }
    return process.exitValue();
  }

  /** Waits until it says something on standard error. */
  Program awaitSaid(String words) {
    await("says " + words)
        .failFast(() -> assertRunsOrSaid(words))
        .until(() -> err().contains(words));
    return this;
  }

  private void assertRunsOrSaid(String words) {
    if (!isAlive() && !err().contains(words)) {
      fail("it has ended without saying %s; it said: %s", words, err());
    }
  }

  /** Fails if it has ended. */
  void assertRuns() {
    if (!isAlive()) {
      fail("it has ended; it said: %s", err());
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** SIGKILL, and waits for its end. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** What it said on standard error so far. */
  String err() {
    return read(err, true);
  }

  List<String> errLines() {
    return err().lines().toList();
  }

  /** The lines it wrote to standard output so far, a character for each byte. */
  List<String> outLines() {
    return read(out, false).lines().toList();
  }

  private static String read(Path file, boolean text) {
    try {
      return new String(Files.readAllBytes(file), text ? UTF_8 : ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
