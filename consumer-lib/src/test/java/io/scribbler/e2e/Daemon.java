package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** {@code scribbler run} as a process, listening on a Unix socket. */
final class Daemon implements AutoCloseable {
  private final Program program;
  private final Path socket;

  private Daemon(Program program, Path socket) {
    this.program = program;
    this.socket = socket;
  }

  /** What is in a configuration file besides where things are. */
  record Settings(String source, String streams, String rest) {
    static Settings streams(String streams) {
      return new Settings("", streams, "");
    }

    /** Adds keys to the socket's. */
    Settings withSource(String more) {
      return new Settings(more, streams, rest);
    }

    /** Adds lines to the file. */
    Settings with(String lines) {
      return new Settings(source, streams, rest + lines);
    }
  }

  /** Writes the configuration, starts the daemon and waits until it listens. */
  static Daemon start(Path dir, Settings settings) throws IOException {
    Path socket = socket(dir);
    Program program = Program.Setup.in(dir).scribbler("run", "--config", configure(dir, settings));
    Daemon daemon = new Daemon(program, socket);
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
            + dir.resolve("spool")
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
    program.terminate();
    return program.exitCode();
  }

  @Override
  public void close() {
    program.close();
  }
}
