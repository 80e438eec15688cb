package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.local.Refusal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a stream does wrong costs nothing, and nothing twice but what was taken and not answered.
 */
final class FaultsIT {
  /** Many records and requests, so that the rates tell. */
  private static final String[] MANY_RECORDS = {
    "--block-size",
    "4KiB",
    "--record-size",
    "4KiB",
    "--compression",
    "none",
    "--max-request-records",
    "10",
    "--spool-min-free",
    "99"
  };

  @TempDir private Path dir;

  private final List<String> lines = AccessLog.lines();
  private LocalStream local;
  private Endpoint kinesis;

  private void start(LocalOptions options) {
    local = LocalStream.start(options.withStream("s", 4));
    kinesis = new Endpoint(local.endpoint(), dir);
  }

  @AfterEach
  void stop() {
    local.close();
  }

  @Test
  void aFifthOfAllRecordsFails() throws Exception {
    start(LocalOptions.defaults());
    local.faults().failRecords(0.2);
    pipe(0, MANY_RECORDS);
    assertThat(local.counters().failedRecords()).isGreaterThan(50);
    Counted.assertSame(kinesis.tail("s"), lines);
  }

  @Test
  void aFifthOfAllRecordsIsThrottled() throws Exception {
    start(LocalOptions.defaults());
    local.faults().throttleRecords(0.2);
    pipe(0, MANY_RECORDS);
    assertThat(local.counters().throttledRecords()).isGreaterThan(50);
    Counted.assertSame(kinesis.tail("s"), lines);
  }

  /** 1 MiB/s a shard; only what was refused is sent again. */
  @ParameterizedTest
  @EnumSource(names = {"RELAXED", "STRICT"})
  void eachShardIsThrottled(io.scribbler.agent.config.Ordering ordering) throws Exception {
    start(LocalOptions.defaults().withThrottle());
    List<String> many = new ArrayList<>();
    for (int round = 0; round < 6; round++) {
      for (String line : lines) {
        many.add(round + " " + line);
      }
    }
    Path input = AccessLog.write(dir.resolve("access.log"), many);
    long start = System.nanoTime();
    try (Program pipe =
        kinesis.pipe(input, "s", "--compression", "none", "--ordering", ordering.name())) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "throttled to 4 MiB/s, %s: %.1f MiB in %.1f s, %d records accepted, %d throttled%n",
        ordering,
        local.counters().acceptedBytes() / 1048576.0,
        seconds,
        local.counters().acceptedRecords(),
        local.counters().throttledRecords());
    assertThat(local.counters().throttledRecords()).isPositive();
    Counted.assertSame(kinesis.tail("s"), many);
  }

  @Test
  void aThirdOfAllRequestsIsAnsweredWith500Or503() throws Exception {
    start(LocalOptions.defaults());
    local.faults().errorRequests(0.15).unavailableRequests(0.15);
    pipe(0, MANY_RECORDS);
    assertThat(local.counters().refusedRequests()).isPositive();
    Counted.assertSame(kinesis.tail("s"), lines);
  }

  @Test
  void connectionsAreClosedBeforeTheyAreRead() throws Exception {
    start(LocalOptions.defaults());
    local.faults().dropBeforeReading(0.2);
    pipe(0, MANY_RECORDS);
    assertThat(local.counters().droppedConnections()).isPositive();
    Counted.assertSame(kinesis.tail("s"), lines);
  }

  /** Here nobody can know, so messages come twice: with the same identity. */
  @Test
  void answersAreLost() throws Exception {
    start(LocalOptions.defaults());
    local.faults().dropAfterApplying(0.1);
    pipe(0, MANY_RECORDS);
    assertThat(local.counters().droppedConnections()).isPositive();
    Map<List<Object>, Object> messages = new HashMap<>();
    List<Map<String, Object>> all = kinesis.tailJson("s", "--hex");
    for (Map<String, Object> message : all) {
      Object before =
          messages.put(
              List.of(
                  message.get("producer"),
                  message.get("epoch"),
                  message.get("topic"),
                  message.get("sequence")),
              message.get("data_hex"));
      assertThat(before == null || before.equals(message.get("data_hex"))).isTrue();
    }
    assertThat(all).hasSizeGreaterThan(lines.size());
    assertThat(messages).hasSize(lines.size());
    Counted.assertSame(
        messages.values().stream().map(String.class::cast).toList(),
        lines.stream().map(FaultsIT::hex).toList());
  }

  private static String hex(String line) {
    return java.util.HexFormat.of()
        .formatHex(line.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }

  @Test
  void downForFiveSeconds() throws Exception {
    start(LocalOptions.defaults());
    try (Program pipe = kinesis.openPipe("s", MANY_RECORDS);
        Feeder feeder = Feeder.start(pipe)) {
      await().until(() -> local.counters().acceptedRecords() > 100);
      local.goDown();
      long down = System.nanoTime();
      pipe.awaitSaid("trying again");
      await().until(() -> System.nanoTime() - down > Duration.ofSeconds(5).toNanos());
      assertThat(pipe.isAlive()).isTrue();
      long before = local.counters().acceptedRecords();
      local.comeUp();
      await().until(() -> local.counters().acceptedRecords() > before + 100);
      List<String> written = feeder.stop();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      // What was under way when it went down may have been taken.
      Counted.assertSame(kinesis.tail("s").stream().distinct().toList(), written);
      assertThat(pipe.err()).contains("delivery goes on");
    }
  }

  /** What an operator can mend is waited for, said, and delivered when it is mended. */
  @ParameterizedTest
  @EnumSource(names = {"EXPIRED_TOKEN", "ACCESS_DENIED", "STREAM_NOT_FOUND", "KMS_DISABLED"})
  void mended(Refusal refusal) throws Exception {
    start(LocalOptions.defaults());
    local.faults().refuse(refusal);
    Path input = AccessLog.write(dir.resolve("access.log"), lines);
    try (Program pipe = kinesis.pipe(input, "s")) {
      pipe.awaitSaid("holding what comes");
      await().until(() -> local.counters().refusedRequests() > 1);
      local.faults().refuse(null);
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      assertThat(pipe.errLines()).filteredOn(line -> line.contains("ERROR")).hasSize(1);
    }
    Counted.assertSame(kinesis.tail("s"), lines);
  }

  private void pipe(int code, String... options) throws Exception {
    Path input = AccessLog.write(dir.resolve("access.log"), lines);
    try (Program pipe = kinesis.pipe(input, "s", options)) {
      assertThat(pipe.exitCode()).as(pipe.err()).isEqualTo(code);
    }
    local.faults().reset();
  }
}
