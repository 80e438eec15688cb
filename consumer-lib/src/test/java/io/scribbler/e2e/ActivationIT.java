package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose socket systemd made, with systemd's own tool for that; skipped without it. */
final class ActivationIT {
  private static final Path ACTIVATE = Path.of("/usr/bin/systemd-socket-activate");

  /** Starts the daemon again and again, and holds the socket meanwhile, as systemd does. */
  private static final String RESTARTING =
      """
      #!/bin/sh
      dir=$1
      shift
      while [ ! -e "$dir/end" ]; do
        LISTEN_FDS=1 sh -c 'LISTEN_PID=$$ exec "$@"' sh "$@" &
        echo $! >"$dir/pid.new"
        mv "$dir/pid.new" "$dir/pid"
        wait $! || exit 1
      done
      """;

  @TempDir private Path dir;
  private LocalStream local;
  private Endpoint kinesis;

  @BeforeEach
  void start() {
    Assumptions.assumeTrue(Files.isExecutable(ACTIVATE), "there is no " + ACTIVATE);
    local = LocalStream.start(LocalOptions.defaults().withStream("hits", 1));
    kinesis = new Endpoint(local.endpoint(), dir);
  }

  @AfterEach
  void stop() {
    if (local != null) {
      local.close();
    }
  }

  private String configuration() throws IOException {
    return Daemon.configure(dir, Daemon.Settings.streams(kinesis.yaml("hits", ", linger: 5ms")));
  }

  private Program activated(List<Path> sockets, String... command) {
    List<String> words = new ArrayList<>(List.of(ACTIVATE.toString()));
    sockets.forEach(socket -> words.addAll(List.of("-l", socket.toString())));
    words.addAll(List.of("-E", "JAVA_HOME=" + System.getProperty("java.home")));
    words.addAll(List.of("-E", "AWS_EC2_METADATA_DISABLED=true"));
    words.addAll(List.of(command));
    return Program.start(Program.Setup.in(dir), "activate", words).awaitSaid("Listening on");
  }

  private static String scribbler() {
    return System.getProperty("program.scribbler");
  }

  @Test
  void restartsRefuseNoProducer() throws Exception {
    Path restarting = dir.resolve("restarting");
    Files.writeString(restarting, RESTARTING);
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger acknowledged = new AtomicInteger();
    ExecutorService producer = Executors.newSingleThreadExecutor();
    try (Program program =
        activated(
            List.of(Daemon.socket(dir)),
            "/bin/sh",
            restarting.toString(),
            dir.toString(),
            scribbler(),
            "run",
            "--config",
            configuration())) {
      Future<Integer> connections = producer.submit(() -> produce(enough, acknowledged));
      for (int life = 0; life < 3; life++) {
        int before = acknowledged.get();
        await("is served in life " + life)
            .failFast(program::assertRuns)
            .until(() -> acknowledged.get() > before + 20);
        if (life == 2) {
          enough.set(true);
          assertThat(connections.get()).isGreaterThan(60);
        }
        endLife(life == 2);
      }
      assertThat(program.exitCode()).as(program.err()).isZero();
    } finally {
      producer.shutdownNow();
    }
    assertThat(Daemon.socket(dir)).exists();
    assertThat(kinesis.tail("hits").stream().distinct().map(Integer::parseInt).sorted().toList())
        .startsWith(0)
        .hasSizeGreaterThanOrEqualTo(acknowledged.get());
  }

  private void endLife(boolean last) throws Exception {
    if (last) {
      Files.createFile(dir.resolve("end"));
    }
    long pid = Long.parseLong(Files.readString(dir.resolve("pid")).strip());
    ProcessHandle daemon = ProcessHandle.of(pid).orElseThrow();
    assertThat(daemon.destroy()).isTrue();
    await().until(() -> !daemon.isAlive());
  }

  /** Sends a message a connection; what was not acknowledged goes again with the next. */
  private int produce(AtomicBoolean enough, AtomicInteger acknowledged) throws Exception {
    int connections = 0;
    while (!enough.get()) {
      try (SocketClient client = SocketClient.connect(Daemon.socket(dir))) {
        connections++;
        send(client, acknowledged);
      }
    }
    return connections;
  }

  private static void send(SocketClient client, AtomicInteger acknowledged) {
    int next = acknowledged.get();
    try {
      String hello = "acks=stream producer=app epoch=1 from=" + next;
      if (client.hello(hello) != null) {
        client.line(Integer.toString(next));
        client.awaitAck(1);
        acknowledged.incrementAndGet();
      }
    } catch (IOException e) {
      assertThat(e).isNotInstanceOf(java.net.ConnectException.class); // cut: goes again
    }
  }

  private void assertRefused(List<Path> sockets, String why, String... command) throws Exception {
    try (Program program = activated(sockets, command);
        SocketClient client = SocketClient.connect(sockets.get(0))) {
      assertThat(program.exitCode()).as(program.err()).isEqualTo(2);
      assertThat(program.err()).contains(why);
      assertThat(client).isNotNull();
    }
  }

  @Test
  void socketThatNoSourceHasIsAnError() throws Exception {
    String configuration = configuration();
    Path other = dir.resolve("other.sock");
    assertRefused(
        List.of(other),
        "systemd passed the socket " + other + ", and the source's path is " + Daemon.socket(dir),
        scribbler(),
        "run",
        "--config",
        configuration);
  }

  @Test
  void severalSocketsAreAnError() throws Exception {
    String configuration = configuration();
    assertRefused(
        List.of(Daemon.socket(dir), dir.resolve("other.sock")),
        "systemd passed 2 sockets",
        scribbler(),
        "run",
        "--config",
        configuration);
  }

  @Test
  void standardInputCannotBeReadBesideTheSocket() throws Exception {
    assertRefused(
        List.of(Daemon.socket(dir)),
        "a source of type stdin can't be used together with a socket that systemd passes",
        scribbler(),
        "--stream",
        "hits",
        "--endpoint",
        local.endpoint().toString(),
        "--spool",
        dir.resolve("spool").toString());
  }
}
