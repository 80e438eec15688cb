package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scribbler pipe} into {@code scribbler run}, over deaths of the daemon. */
final class PipeClientIT {
  private static final String STREAM = "hits";

  @TempDir private Path dir;
  private LocalStream local;
  private Endpoint kinesis;

  @BeforeEach
  void start() {
    local = LocalStream.start(LocalOptions.defaults().withStream(STREAM, 4));
    kinesis = new Endpoint(local.endpoint(), dir);
  }

  @AfterEach
  void stop() {
    local.close();
  }

  private Daemon daemon() throws IOException {
    return Daemon.start(
        dir, Daemon.Settings.streams(kinesis.yaml(STREAM, ", linger: 5ms, block-size: 16KiB")));
  }

  private Program pipe(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("pipe", "--socket", Daemon.socket(dir).toString(), "--producer", "app"));
    arguments.addAll(List.of(more));
    return Program.Setup.in(dir).withPipe().scribbler(arguments);
  }

  private static void write(OutputStream out, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      out.write((i + "\n").getBytes(StandardCharsets.UTF_8));
    }
    out.flush();
  }

  /** Everything is there, and what is there twice has one identity. */
  private void assertAllAndNothingElse(int count) {
    Map<String, String> byIdentity = new HashMap<>();
    for (Map<String, Object> message : kinesis.tailJson(STREAM)) {
      assertThat(message.get("producer")).isEqualTo("app");
      String identity = message.get("epoch") + " " + message.get("sequence");
      String data = (String) message.get("data");
      String before = byIdentity.put(identity, data);
      assertThat(before).isIn(null, data);
    }
    assertThat(byIdentity.values().stream().map(Integer::valueOf).sorted().toList())
        .isEqualTo(IntStream.range(0, count).boxed().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "stream"})
  void killedDaemonsLoseNothingThatWasPiped(String acks) throws Exception {
    int lives = 3;
    int each = 20_000;
    try (Program pipe = pipe("--topic", "t", "--acks", acks)) {
      OutputStream app = pipe.input();
      for (int life = 0; life < lives; life++) {
        try (Daemon daemon = daemon()) {
          long before = local.counters().acceptedRecords();
          write(app, life * each, (life + 1) * each);
          await().until(() -> local.counters().acceptedRecords() > before);
          daemon.program().kill();
        }
      }
      app.close();
      try (Daemon daemon = daemon()) {
        assertThat(pipe.exitCode()).as(pipe.err()).isZero();
        assertThat(daemon.stop()).as(daemon.program().err()).isZero();
      }
    }
    assertAllAndNothingElse(lives * each);
  }

  @Test
  void gracefulRestartSendsNothingTwice() throws Exception {
    try (Program pipe = pipe("--topic", "t", "--acks", "stream")) {
      OutputStream app = pipe.input();
      try (Daemon daemon = daemon()) {
        write(app, 0, 10_000);
        await().until(() -> local.counters().acceptedRecords() > 0);
        assertThat(daemon.stop()).as(daemon.program().err()).isZero();
      }
      write(app, 10_000, 20_000);
      app.close();
      try (Daemon daemon = daemon()) {
        assertThat(pipe.exitCode()).as(pipe.err()).isZero();
        assertThat(daemon.stop()).isZero();
      }
    }
    assertAllAndNothingElse(20_000);
    assertThat(kinesis.tail(STREAM)).hasSize(20_000);
  }

  @Test
  void refusalIsTheDaemonsOwnWords() throws Exception {
    try (Daemon daemon = daemonOf("other");
        Program pipe = pipe("--topic", "t")) {
      assertThat(pipe.exitCode()).isEqualTo(2);
      assertThat(pipe.errLines())
          .contains("scribbler pipe: the daemon refused: no stream takes the topic t");
      assertThat(daemon.stop()).isZero();
    }
  }

  private Daemon daemonOf(String topic) throws IOException {
    return Daemon.start(
        dir, Daemon.Settings.streams(kinesis.yaml(STREAM, ", topics: [" + topic + "]")));
  }

  @Test
  void sigtermWaitsForAcknowledgements() throws Exception {
    try (Daemon daemon = daemon();
        Program pipe = pipe("--topic", "t", "--acks", "stream")) {
      write(pipe.input(), 0, 1000);
      await().until(() -> local.counters().acceptedRecords() > 0);
      pipe.terminate();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      daemon.program().assertRuns();
    }
    try (Program alone = pipe("--topic", "t", "--shutdown-timeout", "10ms")) {
      write(alone.input(), 0, 1);
      alone.awaitSaid("waiting for the daemon at ");
      alone.terminate();
      assertThat(alone.exitCode()).isEqualTo(1);
      assertThat(alone.err()).contains("1 message was not acknowledged");
    }
  }
}
