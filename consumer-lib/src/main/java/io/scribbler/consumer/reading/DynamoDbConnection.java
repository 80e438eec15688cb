package io.scribbler.consumer.reading;

import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamLocation;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;

/** Makes simple clients of DynamoDB with the settings that {@link KinesisConnection} knows. */
public final class DynamoDbConnection {
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

  private DynamoDbConnection() {}

  /**
   * A client that retries; nothing is sent yet.
   *
   * @param location the stream whose checkpoints are wanted
   * @param environment the process's variables
   * @param dynamoDb where DynamoDB's API is; null: AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, or
   *     the region's
   * @throws StreamException if there is no region, an endpoint or AWS_CA_BUNDLE is wrong, or the
   *     stream is on this host and DynamoDB isn't named
   */
  public static DynamoDbClient open(
      StreamLocation location, Map<String, String> environment, URI dynamoDb) {
    KinesisConnection connection = new KinesisConnection(location, Optional.empty(), environment);
    Optional<URI> endpoint = connection.endpoint("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb);
    boolean streamIsLocal =
        connection
            .endpoint("AWS_ENDPOINT_URL_KINESIS", location.endpoint())
            .filter(KinesisConnection::isLoopback)
            .isPresent();
    if (streamIsLocal && endpoint.isEmpty()) {
      throw new StreamException(
          "the stream is on this host, and no DynamoDB is named for its checkpoints: set"
              + " AWS_ENDPOINT_URL_DYNAMODB",
          null);
    }
    boolean local = streamIsLocal || endpoint.filter(KinesisConnection::isLoopback).isPresent();
    Region region = connection.region(local);
    DynamoDbClientBuilder builder =
        DynamoDbClient.builder()
            .region(region)
            .credentialsProvider(connection.credentials(local, region))
            .overrideConfiguration(c -> c.apiCallTimeout(CALL_TIMEOUT))
            .httpClient(connection.httpClient());
    endpoint.ifPresent(builder::endpointOverride);
    return builder.build();
  }
}
