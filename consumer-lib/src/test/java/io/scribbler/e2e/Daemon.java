package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code scribbler run} as a process, listening on a Unix socket. */
final class Daemon implements AutoCloseable {
  private static final Pattern ADMIN = Pattern.compile("admin: .*:([0-9]+)");

  private final Program program;
  private final Path socket;
  private final Watch watch;

  private Daemon(Program program, Path socket, Watch watch) {
    this.program = program;
    this.socket = socket;
    this.watch = watch;
  }

  /** What is in a configuration file besides where things are. */
  record Settings(String source, String spoolPath, String spool, String streams, String rest) {
    static Settings streams(String streams) {
      return new Settings("", "", "", streams, "");
    }

    /** Adds keys to the socket's. */
    Settings withSource(String more) {
      return new Settings(more, spoolPath, spool, streams, rest);
    }

    /** Adds keys to the spool's. */
    Settings withSpool(String more) {
      return new Settings(source, spoolPath, more, streams, rest);
    }

    /** Puts the spool elsewhere. */
    Settings withSpoolAt(Path path) {
      return new Settings(source, path.toString(), spool, streams, rest);
    }

    /** Adds lines to the file. */
    Settings with(String lines) {
      return new Settings(source, spoolPath, spool, streams, rest + lines);
    }
  }

  /**
   * Writes the configuration, starts the daemon and waits until it listens. Its books are checked
   * all the time and when it is stopped.
   */
  static Daemon start(Path dir, Settings settings) throws IOException {
    return start(dir, settings, Map.of());
  }

  /** With more in its environment. */
  static Daemon start(Path dir, Settings settings, Map<String, String> environment)
      throws IOException {
    Path socket = socket(dir);
    Matcher admin = ADMIN.matcher(settings.rest);
    int port = admin.find() ? Integer.parseInt(admin.group(1)) : Watch.freePort();
    Settings watched =
        settings.rest.contains("admin:")
            ? settings
            : settings.with("admin: { listen: \"127.0.0.1:" + port + "\" }\n");
    Program program =
        Program.Setup.in(dir)
            .withEnvironment(environment)
            .scribbler("run", "--config", configure(dir, watched));
    Daemon daemon = new Daemon(program, socket, new Watch(port));
    daemon.awaitListening();
    return daemon;
  }

  static Path socket(Path dir) {
    return dir.resolve("s.sock");
  }

  /** Writes the configuration and returns its file. */
  static String configure(Path dir, Settings settings) throws IOException {
    Path file = dir.resolve("scribbler.yaml");
    Files.writeString(
        file,
        "producer: e2e\nspool: { path: "
            + (settings.spoolPath.isEmpty() ? dir.resolve("spool") : settings.spoolPath)
            + settings.spool
            + " }\nsources:\n  - { type: unix, path: "
            + socket(dir)
            + settings.source
            + " }\nstreams:\n"
            + settings.streams
            + settings.rest);
    return file.toString();
  }

  private void awaitListening() {
    await("listens").failFast(program::assertRuns).until(this::answers);
  }

  private boolean answers() {
    try (SocketClient client = connect()) {
      return client.hello("acks=none") != null; // whatever it thinks of that
    } catch (IOException e) {
      return false; // not yet
    }
  }

  SocketClient connect() throws IOException {
    return SocketClient.connect(socket);
  }

  /** Its metrics. */
  Watch watch() {
    return watch;
  }

  Program program() {
    return program;
  }

  /** What one of several clients does. */
  interface Part {
    void send(SocketClient client, int number) throws IOException;
  }

  /** Lets so many clients send at once, each over a connection of its own, which it then closes. */
  void together(int clients, Part part) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Callable<Void>> parts = new ArrayList<>();
      for (int number = 0; number < clients; number++) {
        int mine = number;
        parts.add(
            () -> {
              try (SocketClient client = connect()) {
                part.send(client, mine);
              }
              return null;
            });
      }
      for (Future<Void> sent : threads.invokeAll(parts)) {
        sent.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** SIGTERM; returns the exit code. */
  int stop() throws InterruptedException {
    watch.scrape();
    program.terminate();
    return program.exitCode();
  }

  @Override
  public void close() {
    watch.close();
    program.close();
    assertThat(watch.wrong()).as("accounts that do not balance").isEmpty();
  }
}
