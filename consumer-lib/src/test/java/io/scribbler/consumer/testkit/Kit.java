package io.scribbler.consumer.testkit;

import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerBuilder;
import io.scribbler.consumer.StartPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;

/** What the kit's own tests begin with. */
abstract class Kit {
  static final Duration SECOND = Duration.ofSeconds(1);

  final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private final List<Consumer> consumers = new ArrayList<>();

  @AfterEach
  void closeConsumers() {
    consumers.forEach(Consumer::close);
  }

  static ConsumerBuilder reads(TestEngine engine) {
    return Consumer.builder().application("etl").stream("firehose")
        .startAt(StartPosition.oldest())
        .engine(engine);
  }

  Consumer start(ConsumerBuilder builder) {
    Consumer consumer = builder.build();
    consumers.add(consumer);
    consumer.start();
    return consumer;
  }
}
