package io.scribbler.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** A consumer that is killed in mid-flow, many times, through a split and a merge. */
final class ConsumerCrashIT {
  private static final int KILLS = Integer.getInteger("crash.kills", 20);
  private static final String STREAM = "crash";
  private static final int EACH = 40;
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;

  private final AtomicLong put = new AtomicLong();
  private final AtomicBoolean enough = new AtomicBoolean();

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void everyMessageIsHandledAndTheRedoneOnesAreKnown() throws Exception {
    Path out = Files.createFile(directory.resolve("handled"));
    Path log = directory.resolve("log");
    Random random = new Random(4);
    try (LocalStream local = LocalStream.start(LocalOptions.defaults().withStream(STREAM, 2));
        KinesisClient client = Streams.client(local)) {
      Thread feeder = new Thread(() -> feed(client));
      feeder.start();
      String[] args = {
        local.endpoint().toString(), STREAM, directory.resolve("state").toString(), out.toString()
      };
      for (int kill = 0; kill < KILLS; kill++) {
        long before = Files.size(out);
        Process consumer = ConsumerProgram.start(log, args);
        try {
          // In mid-flow: it has handled something of this life, and at a random moment after that.
          await().atMost(SOON).until(() -> Files.size(out) > before || died(consumer, log));
          Until.passed(Duration.ofMillis(random.nextInt(150)));
        } finally {
          consumer.destroyForcibly().waitFor();
        }
        if (kill == KILLS / 4) {
          Streams.split(client, STREAM, Streams.openShards(client, STREAM).get(0));
        } else if (kill == KILLS / 2) {
          var open = Streams.openShards(client, STREAM);
          Streams.merge(client, STREAM, open.get(1), open.get(2));
        }
      }
      enough.set(true);
      feeder.join();
      Process last = ConsumerProgram.start(log, args);
      try {
        await().atMost(SOON).until(() -> handled(out).size() == put.get() || died(last, log));
      } finally {
        last.destroy();
        last.waitFor();
      }
      Map<Long, Integer> handled = handled(out);
      long lines = handled.values().stream().mapToLong(Integer::longValue).sum();
      System.out.printf(
          "%d kills: %d messages, each handled, %d again%n", KILLS, put.get(), lines - put.get());
      assertThat(handled.keySet())
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, (int) put.get()).mapToObj(Long::valueOf).toList());
      assertThat(lines).isGreaterThan(put.get());
    }
  }

  private void feed(KinesisClient client) {
    Random random = new Random(7);
    while (!enough.get()) {
      long first = put.get();
      List<String> messages =
          IntStream.range(0, EACH).mapToObj(i -> "message " + (first + i)).toList();
      Streams.put(
          client,
          STREAM,
          random.nextDouble(),
          Streams.record(Streams.block(Codec.ZSTD, "t", first, messages)));
      put.addAndGet(EACH);
    }
  }

  /** How often each sequence was handled. */
  private static Map<Long, Integer> handled(Path out) throws IOException {
    Map<Long, Integer> times = new HashMap<>();
    for (String line : Files.readAllLines(out)) {
      times.merge(Long.parseLong(line.substring(line.indexOf(' ') + 1)), 1, Integer::sum);
    }
    return times;
  }

  /** Fails with the end of the log when a consumer has ended by itself. */
  private static boolean died(Process consumer, Path log) throws IOException {
    if (!consumer.isAlive()) {
      String all = Files.readString(log);
      throw new AssertionError(all.substring(Math.max(0, all.length() - 2000)));
    }
    return false;
  }
}
