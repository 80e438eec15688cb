package io.scribbler.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command, in a process of its own where its end matters. */
class LocalCommandTest {
  private static final String STREAM = "\"StreamName\":\"s\"";

  @TempDir Path dir;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> processes = new ArrayList<>();
  private URI endpoint;

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void listensUntilItIsToldToStopAndEndsWithZero() throws Exception {
    Process local = start("--stream", "s:2");
    assertThat(call("DescribeStreamSummary", "{" + STREAM + "}")).contains("\"OpenShardCount\":2");
    local.destroy();
    assertThat(local.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(local.exitValue()).isZero();
  }

  @Test
  void keepsWhatItAnsweredWhenItIsKilled() throws Exception {
    Process local = start("--stream", "s:1", "--dir", dir.toString());
    String last = "";
    for (int i = 0; i < 50; i++) {
      last = put();
    }
    local.destroyForcibly().waitFor();
    start("--stream", "s:1", "--dir", dir.toString());
    String iterator =
        text(
            call(
                "GetShardIterator",
                "{"
                    + STREAM
                    + ",\"ShardId\":\"shardId-000000000000\","
                    + "\"ShardIteratorType\":\"TRIM_HORIZON\"}"),
            "ShardIterator");
    String records = call("GetRecords", "{\"ShardIterator\":\"" + iterator + "\"}");
    assertThat(records.split("\"PartitionKey\":", -1)).hasSize(51);
    assertThat(records).contains(last);
    assertThat(put()).isGreaterThan(last);
  }

  @Test
  void scriptsChangeItsFaultsAndReadItsCounters() throws Exception {
    start("--stream", "s:1");
    assertThat(post("/_local/faults?refuse=expired-token")).isEqualTo(200);
    assertThat(call("ListStreams", "{}")).contains("ExpiredTokenException");
    assertThat(post("/_local/faults?reset=")).isEqualTo(200);
    assertThat(call("ListStreams", "{}")).contains("\"s\"");
    assertThat(
            post(
                "/_local/faults?drop-connections-percent=100&drop-answers-percent=100&delay-millis=9999"))
        .isEqualTo(200);
    assertThat(post("/_local/faults?reset=")).isEqualTo(200);
    assertThat(post("/_local/faults?nonsense=1")).isEqualTo(400);
    HttpRequest counters = HttpRequest.newBuilder(endpoint.resolve("/_local/counters")).build();
    assertThat(http.send(counters, BodyHandlers.ofString()).body()).contains("requests 2\n");
  }

  @Test
  void scriptsTakeItDownForATime() throws Exception {
    start("--stream", "s:1");
    assertThat(post("/_local/down?millis=700")).isEqualTo(200);
    await().until(() -> !answers());
    await().until(this::answers);
  }

  private boolean answers() throws Exception {
    try {
      return call("ListStreams", "{}").contains("\"s\"");
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aPortInUseIsOneLineAndTwo() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      StringWriter err = new StringWriter();
      int code =
          new CommandLine(new LocalCommand())
              .setErr(new PrintWriter(err))
              .execute("--port", String.valueOf(taken.getLocalPort()));
      assertThat(code).isEqualTo(2);
      assertThat(err.toString().lines()).hasSize(1);
      assertThat(err.toString()).contains(":" + taken.getLocalPort()).contains("in use");
    }
  }

  @Test
  void wrongOptionsAreTwoAndSayWhatIsWrong() {
    assertThat(refused("--shards", "0")).contains("shards must be 1 to 1000");
    assertThat(refused("--stream", "a b")).contains("'a b' names no stream");
    assertThat(refused("--fail-percent", "101")).contains("a share must be 0 to 1");
    assertThat(refused("--throttle=fast")).contains("'fast' is no size");
    assertThat(refused("--delay", "soon")).contains("'soon' is no time");
    assertThat(refused("--max-record-size", "11MiB")).contains("10 MiB");
  }

  @Test
  void helpSaysThatItIsNotForProduction() {
    StringWriter out = new StringWriter();
    new CommandLine(new LocalCommand()).setOut(new PrintWriter(out)).execute("--help");
    assertThat(out.toString()).contains("not for production").contains("--throttle");
  }

  private static String refused(String... args) {
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("--port", "0"));
    all.addAll(List.of(args));
    int code =
        new CommandLine(new LocalCommand())
            .setErr(new PrintWriter(err))
            .execute(all.toArray(new String[0]));
    assertThat(code).isEqualTo(2);
    return err.toString();
  }

  private Process start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(LocalMain.class.getName(), "--port", "0"));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    processes.add(process);
    BufferedReader err = process.errorReader(UTF_8);
    String line = err.readLine();
    while (line != null && !line.contains("listening on ")) {
      line = err.readLine();
    }
    assertThat(line).as("what it says when it listens").isNotNull();
    endpoint = URI.create(line.replaceAll(".*listening on (\\S+).*", "$1"));
    return process;
  }

  private String put() throws Exception {
    return text(
        call("PutRecord", "{" + STREAM + ",\"PartitionKey\":\"k\",\"Data\":\"AAAA\"}"),
        "SequenceNumber");
  }

  private static String text(String json, String member) {
    return json.replaceAll(".*\"" + member + "\":\"([^\"]+)\".*", "$1");
  }

  private String call(String operation, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", "Kinesis_20131202." + operation)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  private int post(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint.resolve(path))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    return http.send(request, BodyHandlers.ofString()).statusCode();
  }
}
