package io.scribbler.consumer.kcl;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerDescription;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/** The registration under which a stream's records are pushed to the application. Any thread. */
final class FanOutConsumer {
  private static final Logger log = LoggerFactory.getLogger(FanOutConsumer.class);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private final KinesisAsyncClient client;
  private final String streamArn;
  private final String name;

  // Guarded by this.
  private String arn;

  FanOutConsumer(KinesisAsyncClient client, String streamArn, String name) {
    this.client = client;
    this.streamArn = streamArn;
    this.name = name;
  }

  /** Its ARN; registers it unless it is registered, and waits until it can be used. */
  synchronized String arn() throws InterruptedException {
    while (arn == null) {
      ConsumerDescription found = describe();
      if (found == null) {
        register();
      } else if (found.consumerStatus() == ConsumerStatus.ACTIVE) {
        arn = found.consumerARN();
        return arn;
      }
      wait(LOOK_AGAIN.toMillis());
    }
    return arn;
  }

  /** Somebody may have taken the registration away: it is looked up again. */
  synchronized void forget() {
    arn = null;
  }

  private ConsumerDescription describe() throws InterruptedException {
    try {
      return Answers.of(
              client.describeStreamConsumer(r -> r.streamARN(streamArn).consumerName(name)))
          .consumerDescription();
    } catch (ResourceNotFoundException e) {
      return null;
    }
  }

  private void register() throws InterruptedException {
    try {
      Answers.of(client.registerStreamConsumer(r -> r.streamARN(streamArn).consumerName(name)));
      log.info("{}: registered consumer {} for fan-out", streamArn, name);
    } catch (ResourceInUseException e) {
      log.debug("{}: another process registers consumer {}", streamArn, name);
    }
  }
}
