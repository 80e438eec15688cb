package io.scribbler.consumer;

import static io.scribbler.consumer.PipelineRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scribbler.Streams;
import io.scribbler.consumer.file.FileEngine;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Codec;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;

final class ConsumerMetersTest {
  private static final String STREAM = "events";

  @TempDir private Path dir;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private LocalStream local;
  private KinesisClient client;

  @BeforeEach
  void start() {
    local = LocalStream.start(LocalOptions.defaults().withStream(STREAM, 2));
    client = Streams.client(local);
  }

  @AfterEach
  void stop() {
    client.close();
    local.close();
  }

  private ConsumerBuilder consumer() {
    return Consumer.builder().application("etl").stream(STREAM)
        .endpoint(local.endpoint())
        .startAt(StartPosition.oldest())
        .pollInterval(Duration.ofMillis(50))
        .checkpointInterval(Duration.ofMillis(50))
        .retry(
            RetryPolicy.park(letter -> {})
                .withAttempts(2)
                .withDelays(Duration.ofMillis(1), Duration.ofMillis(2)))
        .engine(new FileEngine(dir));
  }

  private void put(double part, long first, String... messages) {
    Streams.put(
        client,
        STREAM,
        part,
        Streams.record(Streams.block(Codec.ZSTD, "t", first, List.of(messages))));
  }

  private double count(String name) {
    return registry
        .get("scribbler.consumer." + name)
        .tags("application", "etl", "stream", STREAM)
        .functionCounter()
        .count();
  }

  private Gauge ofShard(String name, String shard) {
    return registry
        .find("scribbler.consumer." + name)
        .tags("application", "etl", "stream", STREAM, "shard", shard)
        .gauge();
  }

  private double shards(String state) {
    return registry
        .get("scribbler.consumer.shards")
        .tags("stream", STREAM, "state", state)
        .gauge()
        .value();
  }

  private double memory(String what, String pool) {
    return registry
        .get("scribbler.consumer.memory." + what + ".bytes")
        .tags("application", "etl", "pool", pool)
        .gauge()
        .value();
  }

  @Test
  void countsWhatIsHandledAndWhatIsNot() {
    put(0.1, 0, "one", "bad", "three");
    put(0.1, 0, "one", "bad", "three");
    put(0.9, 0, "x".repeat(100));
    Streams.put(client, STREAM, 0.9, "plain".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Streams.put(client, STREAM, 0.9, new byte[] {(byte) 0xF1, 0x5C, 2, 0, 1});
    try (Consumer consumer =
        consumer()
            .onMessage(
                m -> {
                  if (m.text().equals("bad")) {
                    throw new IllegalStateException("bad");
                  }
                })
            .build()) {
      ConsumerMeters.bind(consumer, registry);
      assertThat(count("messages.handled")).isZero();
      consumer.start();
      await().atMost(SOON).until(() -> count("messages.handled") == 8 && count("unreadable") == 1);
      await().atMost(SOON).until(() -> count("parked") == 3);
      assertThat(count("bytes.handled")).isEqualTo(2 * (3 + 3 + 5) + 100 + 5);
      assertThat(count("handler.failures")).isGreaterThanOrEqualTo(4);
      assertThat(count("unidentified")).isEqualTo(1);
      assertThat(count("duplicates")).isEqualTo(3);
      assertThat(count("gaps")).isZero();
      assertThat(count("unprojected")).isZero();
      FunctionTimer handler =
          registry.get("scribbler.consumer.handler").tags("stream", STREAM).functionTimer();
      assertThat(handler.count()).isGreaterThanOrEqualTo(4);
      assertThat(handler.totalTime(TimeUnit.SECONDS)).isPositive();
      assertThat(memory("limit", "fetched") + memory("limit", "decoded"))
          .isGreaterThanOrEqualTo(16 << 20);
      await().atMost(SOON).until(() -> memory("used", "decoded") == 0);
      assertThat(shards("running")).isEqualTo(2);
    }
  }

  @Test
  void lagAndCheckpointAgeGrowWhileTheHandlerStandsStill() {
    CountDownLatch go = new CountDownLatch(1);
    try (Consumer consumer =
        consumer()
            .onMessage(
                m -> {
                  if (m.text().equals("slow")) {
                    go.await();
                  }
                })
            .build()) {
      consumer.start();
      ConsumerMeters.bind(consumer, registry);
      String shard = "shardId-000000000000";
      await().atMost(SOON).until(() -> consumer.shards().size() == 2);
      await().atMost(SOON).until(() -> ofShard("lag.seconds", shard).value() == 0);
      put(0.1, 0, "slow");
      await().atMost(SOON).until(() -> ofShard("lag.seconds", shard).value() > 0.5);
      await().atMost(SOON).until(() -> memory("used", "decoded") > 0);
      // Nothing was handled, so nothing waits to be committed.
      assertThat(ofShard("checkpoint.age.seconds", shard).value()).isZero();
      go.countDown();
      await().atMost(SOON).until(() -> ofShard("lag.seconds", shard).value() == 0);
    }
  }

  @Test
  void theAgeOfACheckpointIsHowLongWhatIsDoneWaitsForIt() {
    PipelineRig.Options options = PipelineRig.options().onMessage(m -> {});
    try (PipelineRig rig = options.start()) {
      assertThat(rig.shard.checkpointAgeSeconds()).isZero();
      assertThat(rig.shard.lagSeconds()).isNaN();
      rig.failingCommits.set(Integer.MAX_VALUE);
      rig.give(rig.messages(3));
      await().atMost(SOON).until(() -> rig.shard.checkpointAgeSeconds() > 0.3);
      rig.give(rig.messages(3));
      assertThat(rig.shard.checkpointAgeSeconds()).isGreaterThan(0.3);
      rig.failingCommits.set(0);
      rig.awaitCommit(2, 3);
      await().atMost(SOON).until(() -> rig.shard.checkpointAgeSeconds() == 0);
      assertThat(rig.shard.lagSeconds()).isEqualTo(0, within(0.0));
    }
  }

  @Test
  void gaugesFollowTheShardsAndGoWithTheConsumer() {
    Consumer consumer = consumer().onMessage(m -> {}).build();
    try (consumer) {
      ConsumerMeters.bind(consumer, registry);
      assertThat(registry.find("scribbler.consumer.lag.seconds").gauges()).isEmpty();
      consumer.start();
      await().atMost(SOON).until(() -> shards("running") == 2);
      assertThat(ofShard("lag.seconds", "shardId-000000000000")).isNotNull();
      assertThat(ofShard("checkpoint.age.seconds", "shardId-000000000001")).isNotNull();
      Streams.split(client, STREAM, Streams.openShards(client, STREAM).get(0));
      await().atMost(SOON).until(() -> ofShard("lag.seconds", "shardId-000000000003") != null);
      await().atMost(SOON).until(() -> ofShard("lag.seconds", "shardId-000000000000") == null);
      assertThat(ofShard("checkpoint.age.seconds", "shardId-000000000000")).isNull();
      await().atMost(SOON).until(() -> shards("running") == 3);
      ShardPipeline lost = consumer.shards().get(0);
      lost.lost();
      assertThat(ofShard("lag.seconds", lost.shardId())).isNull();
    }
    assertThat(registry.getMeters().stream().map(Meter::getId)).isEmpty();
  }

  @Test
  void aStoppedShardIsCountedAsSuch() {
    put(0.1, 0, "bad");
    try (Consumer consumer =
        consumer()
            .retry(RetryPolicy.stopShard().withAttempts(1))
            .onMessage(
                m -> {
                  throw new IllegalStateException("bad");
                })
            .build()) {
      ConsumerMeters.bind(consumer, registry);
      consumer.start();
      await().atMost(SOON).until(() -> shards("stopped") == 1 && shards("running") == 1);
    }
  }

  /** Everything but Micrometer, loaded anew. */
  private static final class WithoutMicrometer extends URLClassLoader {
    private static final Pattern CLASS_PATH = Pattern.compile(java.io.File.pathSeparator);

    WithoutMicrometer() {
      super(classPath(), ClassLoader.getPlatformClassLoader());
    }

    private static URL[] classPath() {
      List<URL> urls = new ArrayList<>();
      for (String part : CLASS_PATH.split(System.getProperty("java.class.path"), -1)) {
        if (!part.contains("micrometer")) {
          try {
            urls.add(Path.of(part).toUri().toURL());
          } catch (MalformedURLException e) {
            throw new IllegalStateException(part, e);
          }
        }
      }
      return urls.toArray(URL[]::new);
    }
  }

  /** What runs without Micrometer: called by its name. */
  static final class Reading {
    private Reading() {}

    /** Handles one message of the stream. */
    static String first(URI endpoint, Path state) throws InterruptedException {
      CountDownLatch handled = new CountDownLatch(1);
      Map<String, String> texts = new ConcurrentHashMap<>();
      try (Consumer consumer =
          Consumer.builder().application("bare").stream(STREAM)
              .endpoint(endpoint)
              .startAt(StartPosition.oldest())
              .state(state)
              .onMessage(
                  m -> {
                    texts.put("first", m.text());
                    handled.countDown();
                  })
              .build()) {
        consumer.start();
        handled.await();
      }
      return texts.get("first");
    }
  }

  @Test
  void aConsumerNeedsNoMicrometer() throws Exception {
    put(0.1, 0, "only");
    try (WithoutMicrometer loader = new WithoutMicrometer()) {
      assertThat(loader.getResource("io/micrometer/core/instrument/MeterRegistry.class")).isNull();
      Class<?> reading = loader.loadClass(Reading.class.getName());
      var first = reading.getDeclaredMethod("first", URI.class, Path.class);
      first.setAccessible(true);
      assertThat(first.invoke(null, local.endpoint(), dir)).isEqualTo("only");
    }
  }
}
