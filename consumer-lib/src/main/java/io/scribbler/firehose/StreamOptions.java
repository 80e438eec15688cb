package io.scribbler.firehose;

import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.net.StreamName;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Which stream, where, and as whom. */
final class StreamOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = {"--stream", "--stream-name"},
      required = true,
      paramLabel = "NAME",
      converter = NameConverter.class,
      description = "the stream's name or ARN")
  private StreamName stream;

  @Mixin private AwsOptions aws;

  StreamName stream() {
    return stream;
  }

  StreamLocation location() {
    return aws.location(stream, command);
  }

  /** A client of the stream's Kinesis; nothing is sent yet. */
  KinesisClient connect(Console console) {
    return KinesisConnection.open(location(), console.environment());
  }

  private static final class NameConverter extends Converter<StreamName> {
    NameConverter() {
      super(StreamName::parse);
    }
  }
}
