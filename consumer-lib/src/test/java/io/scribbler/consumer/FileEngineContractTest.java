package io.scribbler.consumer;

import io.scribbler.Streams;
import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.file.FileEngine;
import io.scribbler.local.LocalStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Checkpoints in files, with the embedded stream. */
final class FileEngineContractTest extends EngineContract {
  private static final AtomicInteger STREAMS = new AtomicInteger();
  private static LocalStream local;
  private static KinesisClient client;

  @TempDir Path directory;

  @BeforeAll
  static void startStream() throws Exception {
    local = LocalStream.start(io.scribbler.local.LocalOptions.defaults());
    client = Streams.client(local);
  }

  @AfterAll
  static void stopStream() {
    client.close();
    local.close();
  }

  @Override
  Engine engine() {
    return new FileEngine(directory);
  }

  @Override
  URI endpoint() {
    return local.endpoint();
  }

  @Override
  KinesisClient client() {
    return client;
  }

  @Override
  String stream(int shards) {
    String name = "contract-" + STREAMS.incrementAndGet();
    client.createStream(r -> r.streamName(name).shardCount(shards));
    return name;
  }

  /** The shards are lost and the folder is free, as after a kill; nothing was committed. */
  @Override
  void crash(Consumer consumer, Engine engine) {
    consumer.shards().forEach(ShardPipeline::lost);
    consumer.close();
  }
}
