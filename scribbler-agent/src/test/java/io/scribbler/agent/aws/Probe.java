package io.scribbler.agent.aws;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.scribbler.agent.config.StreamBuilder;
import io.scribbler.agent.config.StreamConfig;
import java.time.Duration;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * A program that makes a client as the agent does, from options and its environment, calls Kinesis
 * and says what came of it.
 */
final class Probe {
  private Probe() {}

  public static void main(String[] args) {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.TRACE);
    StreamBuilder stream = StreamConfig.builder("s").requestTimeout(Duration.ofSeconds(10));
    int calls = 1;
    for (int i = 0; i < args.length; i += 2) {
      String value = args[i + 1];
      switch (args[i]) {
        case "stream" -> stream.name(value);
        case "region" -> stream.region(value);
        case "endpoint" -> stream.endpoint(value);
        case "profile" -> stream.profile(value);
        case "role-arn" -> stream.roleArn(value);
        case "external-id" -> stream.externalId(value);
        case "calls" -> calls = Integer.parseInt(value);
        default -> throw new IllegalArgumentException(args[i]);
      }
    }
    long start = System.nanoTime();
    try (KinesisClient client = AwsAccess.kinesis(stream.build())) {
      long built = System.nanoTime();
      for (int call = 0; call < calls; call++) {
        client.listStreams();
      }
      System.out.println("ok");
      System.out.println("made in ms: " + (built - start) / 1_000_000);
      System.out.println("called in ms: " + (System.nanoTime() - built) / 1_000_000);
    } catch (AwsSetupException e) {
      System.out.println("setup: " + e.getMessage());
    } catch (RuntimeException e) {
      System.out.println("failed: " + e);
    }
  }
}
