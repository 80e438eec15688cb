package io.scribbler.firehose;

import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.net.StreamName;
import java.net.URI;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "default: the ARN's, AWS_REGION, or the profile's")
  private String region;

  @Option(
      names = {"--endpoint", "--endpoint-url"},
      paramLabel = "URL",
      converter = EndpointConverter.class,
      description =
          "default: AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, or the region's; one on this host"
              + " needs neither region nor credentials")
  private URI endpoint;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "of the AWS configuration files; default: AWS_PROFILE")
  private String profile;

  @Option(names = "--role-arn", paramLabel = "ARN", description = "a role to assume")
  private String roleArn;

  @Option(
      names = "--external-id",
      paramLabel = "ID",
      description = "what the role's trust policy asks for")
  private String externalId;

  StreamName stream() {
    return stream;
  }

  /** A client of the stream's Kinesis; nothing is sent yet. */
  KinesisClient connect(Console console) {
    if (externalId != null && roleArn == null) {
      throw new ParameterException(command.commandLine(), "--external-id needs --role-arn");
    }
    return KinesisConnection.open(
        new StreamLocation(stream, region, endpoint, profile, roleArn, externalId),
        console.environment());
  }

  private static final class NameConverter extends Converter<StreamName> {
    NameConverter() {
      super(StreamName::parse);
    }
  }

  private static final class EndpointConverter extends Converter<URI> {
    EndpointConverter() {
      super(KinesisConnection::endpoint);
    }
  }
}
