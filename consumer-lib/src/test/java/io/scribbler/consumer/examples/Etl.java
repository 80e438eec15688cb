package io.scribbler.consumer.examples;

import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.DeadLetterFile;
import io.scribbler.consumer.RetryPolicy;
import java.nio.file.Path;

public class Etl {
  public static void main(String[] args) throws Exception {
    try (DeadLetterFile bad = new DeadLetterFile(Path.of("dead-letters"));
        Consumer consumer =
            Consumer.builder().application("etl").stream("firehose")
                .topics("impressions")
                .state(Path.of("state"))
                .retry(RetryPolicy.park(bad))
                .onMessage(message -> System.out.println(message.key() + " " + message.text()))
                .build()) {
      consumer.start();
      consumer.awaitFailure();
    }
  }
}
