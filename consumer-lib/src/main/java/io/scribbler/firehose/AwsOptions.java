package io.scribbler.firehose;

import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.net.StreamName;
import java.net.URI;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where AWS is, and as whom it is asked. */
final class AwsOptions {
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
          "of Kinesis; default: AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, or the region's; one on"
              + " this host needs neither region nor credentials")
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

  /** Where a stream is; wrong options are an error of the command. */
  StreamLocation location(StreamName stream, CommandSpec command) {
    if (externalId != null && roleArn == null) {
      throw new ParameterException(command.commandLine(), "--external-id needs --role-arn");
    }
    return new StreamLocation(stream, region, endpoint, profile, roleArn, externalId);
  }

  /** An endpoint as it is written. */
  static final class EndpointConverter extends Converter<URI> {
    EndpointConverter() {
      super(KinesisConnection::endpoint);
    }
  }
}
