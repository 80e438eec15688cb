package io.scribbler.consumer;

import static org.awaitility.Awaitility.await;

import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.kcl.Crash;
import io.scribbler.consumer.kcl.KclEngine;
import io.scribbler.consumer.kcl.KclSettings;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** What the KCL engine does, whatever stands in for Kinesis and DynamoDB. */
abstract class KclEngineContract extends EngineContract {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final String table = "contract-table-" + NAMES.incrementAndGet();

  abstract URI dynamoDb();

  @Override
  Engine engine() {
    return new KclEngine(KclSettings.forTests().withTable(table).withDynamoDb(dynamoDb()));
  }

  @Override
  String stream(int shards) {
    String name = "contract-" + NAMES.incrementAndGet();
    client().createStream(r -> r.streamName(name).shardCount(shards));
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
