package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerBuilder;
import io.scribbler.consumer.ConsumerMessage;
import io.scribbler.consumer.Retrieval;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.kcl.KclEngine;
import io.scribbler.consumer.kcl.KclSettings;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;

/** From {@code scribbler} to a consumer's handler, through the embedded stream. */
@Timeout(180)
final class ConsumerIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int LINES = Integer.getInteger("consumer.lines", 200_000);
  private static final int SECONDS = Integer.getInteger("consumer.seconds", 6);

  @TempDir Path directory;

  private ConsumerBuilder builder(URI endpoint) {
    return Consumer.builder().application("etl").stream("s")
        .region("us-east-1")
        .endpoint(endpoint)
        .credentials(() -> AwsBasicCredentials.create("a", "b"))
        .startAt(StartPosition.oldest())
        .state(directory.resolve("state"));
  }

  private Program scribbler(Program.Setup setup, URI endpoint) {
    return setup.scribbler(
        "--topic",
        "impressions",
        "--stream",
        "s",
        "--region",
        "us-east-1",
        "--endpoint",
        endpoint.toString(),
        "--spool",
        directory.resolve("spool").toString());
  }

  @Test
  void whatWasPipedInIsHandledOnceAndFast() throws Exception {
    Path input = directory.resolve("input");
    try (OutputStream out =
        new java.io.BufferedOutputStream(Files.newOutputStream(input), 1 << 20)) {
      String line =
          "{\"type\":\"impression\",\"number\":%09d,\"filler\":\"" + "x".repeat(400) + "\"}\n";
      for (int i = 0; i < LINES; i++) {
        out.write(String.format(line, i).getBytes(UTF_8));
      }
    }
    LongAdder messages = new LongAdder();
    LongAdder bytes = new LongAdder();
    try (LocalStream local = LocalStream.start(LocalOptions.defaults().withStream("s", 4));
        Program scribbler =
            scribbler(Program.Setup.in(directory).withInput(input), local.endpoint())) {
      assertThat(scribbler.exitCode()).isZero();
      long start = System.nanoTime();
      try (Consumer consumer =
          builder(local.endpoint())
              .dropDuplicates()
              .onBatch(
                  batch -> {
                    messages.add(batch.size());
                    bytes.add(batch.bytes());
                  })
              .build()) {
        consumer.start();
        await()
            .pollInterval(Duration.ofMillis(5))
            .atMost(SOON)
            .until(() -> messages.sum() >= LINES);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "handled %d messages, %.0f MB, in %.2f s from the start of the consumer: %.0f MB/s%n",
          messages.sum(), bytes.sum() / 1e6, seconds, bytes.sum() / 1e6 / seconds);
      assertThat(messages.sum()).isEqualTo(LINES);
      assertThat(bytes.sum()).isEqualTo(Files.size(input) - LINES);
    }
  }

  @Test
  void atAThousandMessagesASecondTheyAreHandledWithinASecondAndAHalf() throws Exception {
    try (LocalStream local = LocalStream.start(LocalOptions.defaults().withStream("s", 2))) {
      long p99 = latency("polling once a second", builder(local.endpoint()), local.endpoint());
      assertThat(p99).isLessThanOrEqualTo(1500);
    }
  }

  @Test
  void andWithFanOutWithinFourHundredMilliseconds() throws Exception {
    try (LocalStream local = LocalStream.start(LocalOptions.defaults().withStream("s", 2));
        Dynalite dynalite = Dynalite.start(directory)) {
      KclSettings settings = KclSettings.forTests().withDynamoDb(dynalite.uri());
      ConsumerBuilder builder =
          builder(local.endpoint()).engine(new KclEngine(settings)).retrieval(Retrieval.FAN_OUT);
      assertThat(latency("fan-out", builder, local.endpoint())).isLessThanOrEqualTo(400);
    }
  }

  /** Pipes a thousand messages a second through the agent; the 99th percentile in milliseconds. */
  private long latency(String what, ConsumerBuilder builder, URI endpoint) throws Exception {
    int count = 1000 * SECONDS;
    long[] millis = new long[count];
    LongAdder handled = new LongAdder();
    try (Consumer consumer = builder.onMessage(m -> note(m, millis, handled)).build();
        Program scribbler = scribbler(Program.Setup.in(directory).withPipe(), endpoint)) {
      consumer.start();
      await().atMost(SOON).until(() -> consumer.health().shards().size() == 2);
      feed(scribbler.input(), count);
      await().atMost(SOON).until(() -> handled.sum() == count);
      assertThat(scribbler.exitCode()).isZero();
    }
    // The first two seconds are the programs' start.
    long[] steady = Arrays.copyOfRange(millis, 2000, count);
    Arrays.sort(steady);
    long p99 = steady[steady.length * 99 / 100];
    System.out.printf("%s: p50 %d ms, p99 %d ms%n", what, steady[steady.length / 2], p99);
    return p99;
  }

  /** From when the agent took it to now. */
  private static void note(ConsumerMessage message, long[] millis, LongAdder handled) {
    millis[Integer.parseInt(message.text())] = System.currentTimeMillis() - message.timeMillis();
    handled.increment();
  }

  private static void feed(OutputStream out, int count) throws IOException {
    long start = System.nanoTime();
    for (int i = 0; i < count; i += 10) {
      StringBuilder lines = new StringBuilder();
      for (int k = i; k < i + 10; k++) {
        lines.append(k).append('\n');
      }
      out.write(lines.toString().getBytes(UTF_8));
      out.flush();
      LockSupport.parkNanos(start + (i + 10) * 1_000_000L - System.nanoTime());
    }
    out.close();
  }

  @Test
  void aConsumerMayReadSeveralStreams() throws Exception {
    List<String> streams = List.of("s", "t");
    LongAdder handled = new LongAdder();
    try (LocalStream local =
            LocalStream.start(LocalOptions.defaults().withStream("s", 1).withStream("t", 1));
        Consumer consumer =
            builder(local.endpoint()).stream("t")
                .onMessage(
                    message -> {
                      assertThat(message.text()).isEqualTo("to " + message.stream());
                      handled.increment();
                    })
                .build()) {
      consumer.start();
      for (String stream : streams) {
        Path input = Files.writeString(directory.resolve(stream), "to " + stream + "\n");
        try (Program scribbler =
            Program.Setup.in(directory)
                .withInput(input)
                .scribbler(
                    "--topic",
                    "x",
                    "--stream",
                    stream,
                    "--region",
                    "us-east-1",
                    "--endpoint",
                    local.endpoint().toString(),
                    "--spool",
                    directory.resolve("spool").toString())) {
          assertThat(scribbler.exitCode()).isZero();
        }
      }
      await().atMost(SOON).until(() -> handled.sum() == 2);
    }
  }
}
