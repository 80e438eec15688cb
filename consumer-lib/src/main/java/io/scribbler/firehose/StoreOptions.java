package io.scribbler.firehose;

import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.reading.DynamoDbConnection;
import io.scribbler.net.StreamName;
import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whose checkpoints, and where they are kept. */
final class StoreOptions {
  private static final Pattern APPLICATION = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final Pattern TABLE = Pattern.compile("[A-Za-z0-9_.-]{3,255}");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--application",
      required = true,
      paramLabel = "NAME",
      description = "the consumer's application")
  private String application;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "the directory with its files; without it, it has a table of KCL in DynamoDB")
  private Path state;

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description =
          "the table; default: the application's name, and APPLICATION.STREAM for a consumer of"
              + " several streams")
  private String table;

  @Option(
      names = "--dynamodb-endpoint",
      paramLabel = "URL",
      converter = AwsOptions.EndpointConverter.class,
      description =
          "of DynamoDB; default: AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, or the region's")
  private URI dynamoDb;

  String application() {
    return application;
  }

  /** Whether the checkpoints are files. */
  boolean inFiles() {
    return state != null;
  }

  /** The application's name where a stream's stands, for a command that needs no stream. */
  StreamName anyStream() {
    check();
    return StreamName.parse(application);
  }

  /**
   * The checkpoints; a table is looked for.
   *
   * @param stream whose checkpoints; null: only what is the whole application's
   */
  ProgressStore open(StreamLocation location, StreamName stream, Console console)
      throws java.io.IOException {
    check();
    if (inFiles()) {
      return new FolderStore(state, application, stream == null ? null : stream.name());
    }
    return TableStore.find(
        DynamoDbConnection.open(location, console.environment(), dynamoDb),
        table,
        application,
        stream == null ? null : stream.name());
  }

  private void check() {
    if (!APPLICATION.matcher(application).matches() || application.startsWith(".")) {
      throw usage("--application: 1 to 128 of A-Z a-z 0-9 . _ -, not '" + application + "'");
    }
    if (table != null && !TABLE.matcher(table).matches()) {
      throw usage("--table: 3 to 255 of A-Z a-z 0-9 . _ -, not '" + table + "'");
    }
    if (inFiles() && (table != null || dynamoDb != null)) {
      throw usage("--state is for checkpoints in files, --table and --dynamodb-endpoint for KCL");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
