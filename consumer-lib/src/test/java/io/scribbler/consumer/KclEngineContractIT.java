package io.scribbler.consumer;

import static org.awaitility.Awaitility.await;

import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.kcl.Crash;
import io.scribbler.consumer.kcl.KclEngine;
import io.scribbler.consumer.kcl.KclSettings;
import io.scribbler.e2e.Dynalite;
import io.scribbler.e2e.KinesisLocal;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** KCL, with a Kinesis and a DynamoDB that nobody here wrote. */
final class KclEngineContractIT extends EngineContract {
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static KinesisLocal kinesis;
  private static Dynalite dynalite;
  private static KinesisClient client;
  @TempDir private static Path directory;

  private final String table = "contract-table-" + NAMES.incrementAndGet();

  @BeforeAll
  static void startStandIns() throws Exception {
    kinesis = KinesisLocal.start(directory, List.of("any"));
    dynalite = Dynalite.start(directory);
    client = kinesis.client();
  }

  @AfterAll
  static void stopStandIns() {
    client.close();
    kinesis.close();
    dynalite.close();
  }

  @Override
  Engine engine() {
    return new KclEngine(KclSettings.forTests().withTable(table).withDynamoDb(dynalite.uri()));
  }

  @Override
  URI endpoint() {
    return kinesis.uri();
  }

  @Override
  KinesisClient client() {
    return client;
  }

  @Override
  String stream(int shards) {
    String name = "contract-" + NAMES.incrementAndGet();
    client.createStream(r -> r.streamName(name).shardCount(shards));
    await().atMost(SOON).until(() -> isActive(name));
    return name;
  }

  /** Cut off from Kinesis and DynamoDB: the leases stay its own until others see no renewal. */
  @Override
  void crash(Consumer consumer, Engine engine) {
    Crash.of(engine);
    consumer.shards().forEach(ShardPipeline::lost);
  }
}
