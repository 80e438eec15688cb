package io.scribbler.e2e;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One life of a daemon that is not spared: a process, from its start to its end. */
final class Life implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Path socket;
  private final Path err;
  private final Watch watch;

  /**
   * Starts {@code scribbler run}.
   *
   * @param program the start script
   * @param config the configuration, with an admin address at the port
   * @param err what it says on standard error is appended there
   */
  Life(Path program, Path config, int port, Path socket, Path err, Map<String, String> environment)
      throws IOException {
    this.socket = socket;
    this.err = err;
    ProcessBuilder builder =
        new ProcessBuilder(List.of(program.toString(), "run", "--config", config.toString()));
    builder.environment().keySet().removeIf(key -> key.startsWith("AWS_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().putAll(environment);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(err.toFile()));
    process = builder.start();
    watch = new Watch(port);
  }

  /** Waits until it takes connections. */
  Life listening() {
    if (!Until.within(PATIENCE, () -> !process.isAlive() || listens()) || !process.isAlive()) {
      throw new IllegalStateException("it does not listen; it said: " + said());
    }
    return this;
  }

  private boolean listens() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false; // not yet
    }
  }

  Watch watch() {
    return watch;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** All that it and lives before it said. */
  String said() {
    try {
      return Files.readString(err);
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }

  /** SIGKILL; returns what it was doing just before, if it answered. */
  Optional<Conservation> kill() throws InterruptedException {
    Optional<Conservation> last = watch.scrape();
    killNow();
    return last;
  }

  /** SIGKILL without a look at it. */
  void killNow() throws InterruptedException {
    watch.close();
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM; returns the exit code. */
  int terminate() throws InterruptedException {
    watch.scrape();
    watch.close();
    process.destroy();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("it does not end; it said: " + said());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    watch.close();
    process.destroyForcibly();
  }
}
