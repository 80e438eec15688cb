package io.scribbler.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerMessage;
import io.scribbler.consumer.MessageHandler;
import io.scribbler.consumer.testkit.TestEngine;
import io.scribbler.consumer.testkit.TestStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** How a handler is tested: without a network, and without waiting. */
class MyHandlerTest {
  /** The handler under test, and the table that it writes to. */
  static final class MyHandler implements MessageHandler {
    final List<String> rows = new CopyOnWriteArrayList<>();
    volatile boolean down;

    @Override
    public void handle(ConsumerMessage message) throws IOException {
      if (down) {
        throw new IOException("the warehouse is down");
      }
      rows.add(message.text());
    }
  }

  private final TestStream stream = TestStream.withShards(1);
  private final MyHandler handler = new MyHandler();

  private Consumer start(TestEngine engine) {
    Consumer consumer =
        Consumer.builder().application("etl").stream("firehose")
            .topics("impressions")
            .onMessage(handler)
            .engine(engine)
            .build();
    consumer.start();
    return consumer;
  }

  @Test
  void anOutageOfTheWarehouseLosesNothing() {
    try (Consumer consumer = start(stream.engine())) {
      handler.down = true;
      stream.put("impressions", "a");
      stream.put("clicks", "not wanted");
      stream.settle();
      assertEquals(List.of(), handler.rows);

      handler.down = false;
      stream.time().advance(Duration.ofSeconds(1));
      stream.settle();
      assertEquals(List.of("a"), handler.rows);
      assertEquals(0, consumer.health().troubles().size());
    }
  }

  @Test
  void whatWasNotCommittedWhenTheProcessDiedComesAgain() {
    TestEngine engine = stream.engine();
    try (Consumer dies = start(engine)) {
      stream.put("impressions", "a");
      stream.settle();
      engine.crash();
      assertEquals(0, dies.health().shards().size());
    }
    try (Consumer next = start(stream.engine())) {
      stream.settle();
      assertEquals(List.of("a", "a"), handler.rows);
      assertEquals(1, next.health().shards().size());
    }
  }
}
