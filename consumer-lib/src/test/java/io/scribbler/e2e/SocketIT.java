package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scribbler run}: the daemon, its Unix socket, and what it says over HTTP. */
final class SocketIT {
  private static final int CLIENTS = 8;

  @TempDir private Path dir;

  private final List<String> lines = AccessLog.lines();
  private LocalStream local;
  private Endpoint kinesis;

  @BeforeEach
  void start() {
    local =
        LocalStream.start(
            LocalOptions.defaults().withStream("one", 1).withStream("hits", 4).withStream("b", 2));
    kinesis = new Endpoint(local.endpoint(), dir);
  }

  @AfterEach
  void stop() {
    local.close();
  }

  /** One daemon, all formats, codecs and numbers of shards: a topic for each, routed by name. */
  @Test
  void eightClientsAtOnceIntoEveryKindOfStream() throws Exception {
    List<String> streams = new ArrayList<>();
    StringBuilder yaml = new StringBuilder();
    for (int shards : new int[] {1, 4, 16}) {
      for (String kind : new String[] {"zstd", "gzip", "none", "kpl", "plain"}) {
        String stream = kind + "-" + shards;
        streams.add(stream);
        kinesis.create(stream, shards);
        boolean firehose = !kind.equals("kpl") && !kind.equals("plain");
        yaml.append(
            kinesis.yaml(
                stream,
                ", topics: ["
                    + stream
                    + "], format: "
                    + (firehose ? "firehose, compression: " : "")
                    + kind));
      }
    }
    try (Daemon daemon = Daemon.start(dir, settings(yaml.toString()))) {
      daemon.together(
          CLIENTS,
          (client, number) -> {
            for (String stream : streams) {
              try (SocketClient mine = daemon.connect()) {
                assertThat(mine.hello("topic=" + stream)).startsWith("OK producer=e2e epoch=");
                mine.lines(share(number));
              }
            }
          });
      assertThat(daemon.stop()).as(daemon.program().err()).isZero();
    }
    for (String stream : streams) {
      Counted.assertSame(kinesis.tail(stream), lines);
    }
  }

  /** As from a shell: lines, no hello. The signal comes while all is still held. */
  @Test
  void plainLinesAreDrainedOnTheSignal() throws Exception {
    try (Daemon daemon =
        Daemon.start(dir, settings(kinesis.yaml("hits", ", linger: 30s, block-size: 1MiB")))) {
      daemon.together(CLIENTS, (client, number) -> client.lines(share(number)));
      assertThat(daemon.stop()).as(daemon.program().err()).isZero();
    }
    Counted.assertSame(kinesis.tail("hits"), lines);
    assertThat(kinesis.tailJson("hits", "--limit", "1").get(0)).containsEntry("topic", "default");
  }

  @Test
  void acknowledgedAndFramedByLength() throws Exception {
    List<String> messages = List.of("two\nlines", "", "\0\u00ff\u00fe", "last");
    try (Daemon daemon = Daemon.start(dir, settings(kinesis.yaml("hits", "")))) {
      daemon.together(
          CLIENTS,
          (client, number) -> {
            assertThat(client.hello("topic=framed framing=length acks=memory")).startsWith("OK ");
            client.framed(messages);
            client.awaitAck(messages.size());
          });
      // What was acknowledged is delivered, though the client is long gone.
      assertThat(daemon.stop()).as(daemon.program().err()).isZero();
    }
    List<String> data =
        kinesis.tailJson("hits", "--topic", "framed", "--hex").stream()
            .map(message -> (String) message.get("data_hex"))
            .toList();
    List<String> expected = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      expected.addAll(List.of("74776f0a6c696e6573", "", "00fffe", "6c617374"));
    }
    Counted.assertSame(data, expected);
  }

  @Test
  void badHellosAreToldWhyAndCutOff() throws Exception {
    try (Daemon daemon =
        Daemon.start(dir, settings(kinesis.yaml("hits", ", topics: [\"h*\", default]")))) {
      assertRefused(daemon, "topic=_mine", "topic must be");
      assertRefused(daemon, "framing=words", "framing must be");
      assertRefused(daemon, "acks=soon", "acks must be");
      assertRefused(daemon, "colour=red", "unknown parameter colour");
      assertRefused(daemon, "topic=nowhere", "no stream takes the topic nowhere");
      assertThat(daemon.stop()).isZero();
    }
  }

  private static void assertRefused(Daemon daemon, String parameters, String why)
      throws IOException {
    try (SocketClient client = daemon.connect()) {
      assertThat(client.hello(parameters)).startsWith("ERR ").contains(why);
      assertThat(client.answer()).isNull();
    }
  }

  @Test
  void aTopicGoesToEveryStreamThatTakesIt() throws Exception {
    String streams =
        kinesis.yaml("hits", ", topics: [\"a*\"]") + kinesis.yaml("b", ", topics: [\"*\"]");
    try (Daemon daemon = Daemon.start(dir, settings(streams))) {
      for (String topic : List.of("apples", "pears")) {
        try (SocketClient client = daemon.connect()) {
          client.hello("topic=" + topic + " acks=memory");
          client.lines(List.of(topic + " 1", topic + " 2"));
          client.awaitAck(2);
        }
      }
      assertThat(daemon.stop()).as(daemon.program().err()).isZero();
    }
    Counted.assertSame(kinesis.tail("hits"), List.of("apples 1", "apples 2"));
    Counted.assertSame(kinesis.tail("b"), List.of("apples 1", "apples 2", "pears 1", "pears 2"));
    Counted.assertSame(kinesis.tail("b", "--topic", "pears"), List.of("pears 1", "pears 2"));
  }

  @Test
  void aSecondDaemonOnALiveSocketRefusesToStart() throws Exception {
    Daemon.Settings settings = settings(kinesis.yaml("hits", ""));
    try (Daemon daemon = Daemon.start(dir, settings)) {
      try (Program second =
          Program.Setup.in(dir).scribbler("run", "--config", Daemon.configure(dir, settings))) {
        assertThat(second.exitCode()).isEqualTo(2);
        assertThat(second.errLines())
            .singleElement()
            .asString()
            .contains("another daemon listens on " + Daemon.socket(dir));
      }
      try (SocketClient client = daemon.connect()) {
        client.line("still served");
      }
      assertThat(daemon.stop()).isZero();
    }
    Counted.assertSame(kinesis.tail("hits"), List.of("still served"));
  }

  @Test
  void theSocketOfAKilledDaemonIsReplaced() throws Exception {
    Daemon.Settings settings = settings(kinesis.yaml("hits", ", linger: 1ms"));
    try (Daemon daemon = Daemon.start(dir, settings)) {
      try (SocketClient client = daemon.connect()) {
        client.line("before");
      }
      await().until(() -> local.counters().acceptedRecords() == 1);
      daemon.program().kill();
    }
    assertThat(Daemon.socket(dir)).exists();
    try (Daemon daemon = Daemon.start(dir, settings)) {
      try (SocketClient client = daemon.connect()) {
        client.line("after");
      }
      assertThat(daemon.stop()).as(daemon.program().err()).isZero();
    }
    List<Map<String, Object>> messages = kinesis.tailJson("hits");
    assertThat(messages).extracting("data").containsExactlyInAnyOrder("before", "after");
    assertThat(messages).extracting("epoch").doesNotHaveDuplicates();
    assertThat(Daemon.socket(dir)).doesNotExist();
  }

  @Test
  void metricsHealthAndReady() throws Exception {
    int port = freePort();
    try (Daemon daemon = Daemon.start(dir, settings(kinesis.yaml("hits", "")).with(admin(port)))) {
      daemon.together(CLIENTS, (client, number) -> client.lines(share(number)));
      await()
          .until(
              () ->
                  metric(port, "scribbler_messages_delivered_total") == lines.size()
                      && metric(port, "scribbler_messages_accepted_total") == lines.size());
      assertThat(metric(port, "scribbler_delivery_up")).isEqualTo(1);
      assertThat(get(port, "/health").statusCode()).isEqualTo(200);
      assertThat(get(port, "/ready").statusCode()).isEqualTo(200);
      local.goDown();
      try (SocketClient client = daemon.connect()) {
        client.line("held");
        await().until(() -> metric(port, "scribbler_delivery_up") == 0);
      }
      // Trouble with Kinesis doesn't take the host out of service.
      assertThat(get(port, "/ready").statusCode()).isEqualTo(200);
      local.comeUp();
      await().until(() -> metric(port, "scribbler_messages_delivered_total") == lines.size() + 1);
      assertThat(metric(port, "scribbler_delivery_up")).isEqualTo(1);
      assertThat(daemon.stop()).as(daemon.program().err()).isZero();
    }
  }

  @Test
  void aPortInUseWarnsAndNeverStopsDelivery() throws Exception {
    try (ServerSocket taken = new ServerSocket(0);
        Daemon daemon =
            Daemon.start(
                dir, settings(kinesis.yaml("hits", "")).with(admin(taken.getLocalPort())))) {
      try (SocketClient client = daemon.connect()) {
        client.line("without metrics");
      }
      assertThat(daemon.stop()).isZero();
      assertThat(daemon.program().err()).contains("WARN", "no admin server on 127.0.0.1:");
    }
    Counted.assertSame(kinesis.tail("hits"), List.of("without metrics"));
  }

  private List<String> share(int number) {
    return IntStream.range(0, lines.size())
        .filter(i -> i % CLIENTS == number)
        .mapToObj(lines::get)
        .toList();
  }

  private static Daemon.Settings settings(String streams) {
    return Daemon.Settings.streams(streams);
  }

  private static String admin(int port) {
    return "admin: { listen: \"127.0.0.1:" + port + "\" }\n";
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static HttpResponse<String> get(int port, String path)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            BodyHandlers.ofString());
  }

  /** The sum over all labels; -1 if it is not there. */
  private static double metric(int port, String name) throws IOException, InterruptedException {
    return get(port, "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .reduce(Double::sum)
        .orElse(-1);
  }
}
