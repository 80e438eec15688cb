package io.scribbler.consumer;

import io.scribbler.consumer.engine.Engine;
import io.scribbler.consumer.testkit.TestEngine;
import io.scribbler.consumer.testkit.TestRecord;
import io.scribbler.consumer.testkit.TestStream;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The test kit's engine keeps the same contract, without waiting. */
final class TestEngineContractTest extends EngineBehaviour {
  private static final Duration STEP = Duration.ofMillis(200);
  private static final int MOST_STEPS = 50;

  private TestStream stream = TestStream.withShards(1);

  @Override
  Engine engine() {
    return stream.engine();
  }

  @Override
  String stream(int shards) {
    stream = TestStream.withShards(shards);
    return "in-memory";
  }

  @Override
  void crash(Consumer consumer, Engine engine) {
    ((TestEngine) engine).crash();
    consumer.close();
  }

  @Override
  ConsumerBuilder configure(ConsumerBuilder builder) {
    return builder;
  }

  @Override
  void put(String name, double part, byte[] record) {
    List<String> open = stream.openShards();
    stream.put(TestRecord.bytes(record).into(open.get((int) (part * open.size()))));
  }

  @Override
  List<String> openShards(String name) {
    return stream.openShards();
  }

  @Override
  void split(String name, String shardId) {
    stream.split(shardId);
  }

  @Override
  void merge(String name, String left, String right) {
    stream.merge(left, right);
  }

  @Override
  void eventually(BooleanSupplier condition) {
    for (int steps = 0; !condition.getAsBoolean(); steps++) {
      if (steps == MOST_STEPS) {
        throw new AssertionError("not so after " + STEP.multipliedBy(steps));
      }
      stream.settle();
      stream.time().advance(STEP);
    }
  }

  @Override
  void lasting(BooleanSupplier condition) {
    for (int steps = 0; steps < 10; steps++) {
      stream.settle();
      stream.time().advance(STEP);
      if (!condition.getAsBoolean()) {
        throw new AssertionError("no longer so after " + STEP.multipliedBy(steps));
      }
    }
  }

  @Override
  void pass(Duration time) {
    stream.time().advance(time);
  }
}
