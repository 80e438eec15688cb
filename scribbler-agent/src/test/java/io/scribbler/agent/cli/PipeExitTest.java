package io.scribbler.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the pipe ends, as a process. */
@Timeout(120)
class PipeExitTest {
  private static final String SHARDS =
      "{\"Shards\":[{\"ShardId\":\"shardId-0\",\"HashKeyRange\":{\"StartingHashKey\":\"0\","
          + "\"EndingHashKey\":\"340282366920938463463374607431768211455\"},"
          + "\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"1\"}}]}";
  private static final String MISSING =
      "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no stream s\"}";

  @TempDir private Path dir;
  private final CountDownLatch inputEnded = new CountDownLatch(1);
  private final AtomicInteger records = new AtomicInteger();
  private boolean missing;
  private HttpServer service;

  @BeforeEach
  void serve() throws IOException {
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext("/", this::answer);
    service.start();
  }

  @AfterEach
  void close() {
    service.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String answer = missing ? MISSING : SHARDS;
    if (!missing && exchange.getRequestHeaders().getFirst("X-Amz-Target").contains("PutRecords")) {
      int count = body.split("\"PartitionKey\"", -1).length - 1;
      records.addAndGet(count);
      String one = "{\"SequenceNumber\":\"1\",\"ShardId\":\"shardId-0\"}";
      answer =
          "{\"FailedRecordCount\":0,\"Records\":[" + one + ("," + one).repeat(count - 1) + "]}";
    }
    await(inputEnded);
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(missing ? 400 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private record Ended(int code, String log) {}

  private Ended pipe(byte[] input, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Scribbler.class.getName(),
                "--topic=t",
                "--stream=s",
                "--region=us-east-1",
                "--endpoint=http://127.0.0.1:" + service.getAddress().getPort(),
                "--spool=" + dir));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
        .environment()
        .putAll(
            Map.of(
                "AWS_ACCESS_KEY_ID", "id",
                "AWS_SECRET_ACCESS_KEY", "secret",
                "CBOR_ENABLED", "false"));
    Process process = builder.start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(input);
    }
    inputEnded.countDown();
    String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), log);
  }

  @Test
  void failFastEndsWithTwoAlsoWhenTheInputEndedBefore() throws Exception {
    missing = true;
    Ended ended = pipe("x\n".getBytes(StandardCharsets.UTF_8), "--fail-fast");
    assertThat(ended.log).contains("create the stream");
    assertThat(ended.code).isEqualTo(2);
  }

  @Test
  void inputThatIsCutOffEndsWithOneAndWhatCameBeforeIsDelivered() throws Exception {
    Ended ended = pipe(new byte[] {0, 0, 0, 1, 'a', 0, 0, 0, 9, 'b'}, "--framing=length");
    assertThat(ended.log).contains("ended inside a message").doesNotContain("lost");
    assertThat(ended.code).isEqualTo(1);
    assertThat(records.get()).isEqualTo(1);
  }

  @Test
  void aDeadLetterThatCantBeWrittenToTheEndIsLostAndEndsWithOne() throws Exception {
    Files.createFile(dir.resolve("dead-letter"));
    byte[] input = ("x".repeat(2000) + "\nfine\n").getBytes(StandardCharsets.UTF_8);
    Ended ended = pipe(input, "--max-message=1000");
    assertThat(ended.log)
        .contains("dead letters can't be written and are held in memory")
        .contains("free or mend the disk")
        .contains("lost: 0 messages were not delivered, 1 were dropped");
    assertThat(ended.code).isEqualTo(1);
    assertThat(records.get()).isEqualTo(1);
  }

  @Test
  void inputThatEndsEndsWithZero() throws Exception {
    Ended ended = pipe("x\n".getBytes(StandardCharsets.UTF_8));
    assertThat(ended.code).as(ended.log).isZero();
    assertThat(records.get()).isEqualTo(1);
  }
}
