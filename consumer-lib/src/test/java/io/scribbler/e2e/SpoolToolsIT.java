package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.firehose.Json;
import io.scribbler.firehose.Tool;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does with the spool of a host, with the programs as they are shipped. */
final class SpoolToolsIT {
  @TempDir private Path dir;

  private final List<String> lines = AccessLog.lines();
  private LocalStream local;
  private Endpoint kinesis;

  @BeforeEach
  void start() {
    local = LocalStream.start(LocalOptions.defaults().withStream("hits", 4));
    kinesis = new Endpoint(local.endpoint(), dir);
  }

  @AfterEach
  void stop() {
    local.close();
  }

  private Program scribbler(String... arguments) throws InterruptedException {
    Program program = Program.Setup.in(dir).scribbler(arguments);
    program.exitCode();
    return program;
  }

  private List<String> ok(String... arguments) throws InterruptedException {
    try (Program program = scribbler(arguments)) {
      assertThat(program.exitCode()).as(program.err()).isZero();
      return program.outLines();
    }
  }

  private List<Map<String, Object>> folders() throws InterruptedException {
    return ok("spool", "ls", "--json", "--spool", kinesis.spool()).stream()
        .map(Json::object)
        .toList();
  }

  @Test
  void whatAKilledDaemonLeftIsSeenVerifiedDumpedAndDrained() throws Exception {
    int port = freePort();
    Daemon.Settings settings =
        Daemon.Settings.streams(kinesis.yaml("hits", ""))
            .with("admin: { listen: \"127.0.0.1:" + port + "\" }\n");
    String config = Daemon.configure(dir, settings);
    local.goDown();
    try (Daemon daemon = Daemon.start(dir, settings)) {
      try (SocketClient client = daemon.connect()) {
        assertThat(client.hello("topic=clicks acks=disk")).startsWith("OK ");
        client.lines(lines);
        client.awaitAck(lines.size());
      }
      await("down")
          .until(() -> String.join("\n", ok("status", "--config", config)).contains("DOWN"));
      Map<String, Object> live = folders().get(0);
      assertThat(live).containsEntry("state", "live");
      assertThat(live.get("pid")).hasToString("" + daemon.program().pid());
      // A drain does not stop it, and says who has what.
      try (Program drain = scribbler("drain", "--config", config, "--stall-timeout", "1s")) {
        assertThat(drain.exitCode()).isEqualTo(75);
        assertThat(drain.err()).contains("pid " + daemon.program().pid());
      }
      daemon.program().kill();
    }
    try (Program status = scribbler("status", "--config", config)) {
      assertThat(status.exitCode()).isEqualTo(1);
      assertThat(status.err()).contains("no agent answers at 127.0.0.1:" + port);
      assertThat(String.join("\n", status.outLines())).contains(" left ");
    }
    assertThat(folders().get(0)).containsEntry("state", "left");
    assertThat(folders().get(0).get("messages")).hasToString("" + lines.size());
    assertThat(ok("spool", "verify", "--config", config)).last().asString().contains("all intact");
    Counted.assertSame(data(ok("spool", "dump", "--config", config)), lines);

    local.comeUp();
    ok("drain", "--wait", "--config", config);
    assertThat(folders()).isEmpty();
    Counted.assertSame(kinesis.tail("hits"), lines);
    List<String> topics = new ArrayList<>(List.of("topics", "--json"));
    topics.addAll(kinesis.tailArguments("hits"));
    Tool counted = Tool.run(Map.of(), topics.toArray(String[]::new));
    assertThat(String.join("\n", counted.outLines())).contains("\"messages\":" + lines.size());
  }

  /** A character for each byte. */
  private static List<String> data(List<String> dumped) {
    return dumped.stream().map(Json::object).map(SpoolToolsIT::data).toList();
  }

  private static String data(Map<String, Object> message) {
    Object hex = message.get("data_hex");
    return hex == null
        ? (String) message.get("data")
        : new String(HexFormat.of().parseHex((String) hex), StandardCharsets.ISO_8859_1);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Too large for a stream's record: refused once, sent again when the limit was raised. */
  @Test
  void deadLettersAreSentAgainOnceTheyFit() throws Exception {
    Path input = AccessLog.write(dir.resolve("in"), List.of("small", "x".repeat(200_000)));
    String[] target = {
      "--stream", "hits", "--endpoint", kinesis.uri().toString(), "--spool", kinesis.spool()
    };
    try (Program pipe =
        kinesis.pipe(
            input,
            "hits",
            "--compression",
            "none",
            "--block-size",
            "64KiB",
            "--record-size",
            "64KiB",
            "--max-record-size",
            "100000")) {
      assertThat(pipe.exitCode()).as(pipe.err()).isEqualTo(75);
    }
    Counted.assertSame(kinesis.tail("hits"), List.of("small"));
    ok(
        Stream.concat(Stream.of("spool", "redrive", "--dry-run"), Stream.of(target))
            .toArray(String[]::new));
    ok(Stream.concat(Stream.of("spool", "redrive"), Stream.of(target)).toArray(String[]::new));
    Counted.assertSame(kinesis.tail("hits"), List.of("small", "x".repeat(200_000)));
    // Both have the pipe's identity: one epoch, and sequences one after the other.
    List<Map<String, Object>> all = kinesis.tailJson("hits");
    assertThat(all.get(0).get("epoch")).isEqualTo(all.get(1).get("epoch"));
    assertThat(all.stream().map(m -> "" + m.get("sequence"))).containsExactlyInAnyOrder("0", "1");
    try (Stream<Path> files = Files.list(dir.resolve("spool/dead-letter"))) {
      assertThat(files.map(Path::toString).filter(f -> f.endsWith(".redriven"))).hasSize(1);
    }
  }
}
