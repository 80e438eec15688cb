package io.scribbler.consumer.reading;

import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamLocation;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.Http2Configuration;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClientBuilder;

/**
 * The clients of AWS that KCL needs, made with the settings that {@link KinesisConnection} knows:
 * region, credentials, role, endpoints, AWS_CA_BUNDLE and proxies. Any thread.
 *
 * @param kinesis HTTP/2 for pushed records at an endpoint with TLS, otherwise HTTP/1.1
 * @param dynamoDb in the stream's region
 * @param cloudWatch one that leads nowhere: KCL wants one, and sends no metrics
 * @param threads what all three have in common; of its own, it would end two seconds after each
 */
public record AsyncClients(
    KinesisAsyncClient kinesis,
    DynamoDbAsyncClient dynamoDb,
    CloudWatchAsyncClient cloudWatch,
    SdkEventLoopGroup threads)
    implements AutoCloseable {
  private static final int MOST_CALLS = 1000;
  private static final int PUSH_WINDOW = 512 << 10;
  private static final Duration WAIT_FOR_CONNECTION = Duration.ofSeconds(30);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration PING = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(2);
  private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

  /**
   * Makes them; nothing is sent yet.
   *
   * @param pushed whether records are pushed, which needs HTTP/2 at AWS
   * @param dynamoDb where DynamoDB's API is; null: the region's, or the environment's
   * @throws StreamException if there is no region, or an endpoint or AWS_CA_BUNDLE is wrong
   */
  public static AsyncClients open(
      StreamLocation location,
      Optional<AwsCredentialsProvider> given,
      Map<String, String> environment,
      boolean pushed,
      URI dynamoDb) {
    KinesisConnection connection = new KinesisConnection(location, given, environment);
    Optional<URI> kinesisEndpoint =
        connection.endpoint("AWS_ENDPOINT_URL_KINESIS", location.endpoint());
    Optional<URI> dynamoDbEndpoint = connection.endpoint("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb);
    boolean local = kinesisEndpoint.filter(KinesisConnection::isLoopback).isPresent();
    if (local && dynamoDbEndpoint.isEmpty()) {
      throw new StreamException(
          "the stream is on this host, and no DynamoDB is named for its checkpoints: set"
              + " AWS_ENDPOINT_URL_DYNAMODB, or give KclSettings an endpoint",
          null);
    }
    Region region = connection.region(local);
    AwsCredentialsProvider credentials = connection.credentials(local, region);
    boolean plain = kinesisEndpoint.filter(e -> "http".equalsIgnoreCase(e.getScheme())).isPresent();
    SdkEventLoopGroup threads = SdkEventLoopGroup.builder().build();
    KinesisAsyncClientBuilder kinesis =
        KinesisAsyncClient.builder()
            .region(region)
            .credentialsProvider(credentials)
            .httpClientBuilder(http(connection, threads, pushed && !plain));
    kinesisEndpoint.ifPresent(kinesis::endpointOverride);
    var table =
        DynamoDbAsyncClient.builder()
            .region(region)
            .credentialsProvider(credentials)
            .overrideConfiguration(c -> c.apiCallTimeout(CALL_TIMEOUT))
            .httpClientBuilder(http(connection, threads, false));
    dynamoDbEndpoint.ifPresent(table::endpointOverride);
    CloudWatchAsyncClient nowhere =
        CloudWatchAsyncClient.builder()
            .region(region)
            .credentialsProvider(credentials)
            .endpointOverride(NOWHERE)
            .httpClientBuilder(http(connection, threads, false))
            .build();
    return new AsyncClients(kinesis.build(), table.build(), nowhere, threads);
  }

  private static SdkAsyncHttpClient.Builder<?> http(
      KinesisConnection connection, SdkEventLoopGroup threads, boolean pushed) {
    NettyNioAsyncHttpClient.Builder http =
        NettyNioAsyncHttpClient.builder()
            .protocol(pushed ? Protocol.HTTP2 : Protocol.HTTP1_1)
            .eventLoopGroup(threads)
            .maxConcurrency(MOST_CALLS)
            .connectionAcquisitionTimeout(WAIT_FOR_CONNECTION);
    if (pushed) {
      http.http2Configuration(
          Http2Configuration.builder()
              .initialWindowSize(PUSH_WINDOW)
              .healthCheckPingPeriod(PING)
              .build());
    }
    connection.trust().ifPresent(http::tlsTrustManagersProvider);
    return http;
  }

  @Override
  public void close() {
    kinesis.close();
    dynamoDb.close();
    cloudWatch.close();
    threads
        .eventLoopGroup()
        .shutdownGracefully(0, STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(STOP_LIMIT.toMillis());
  }
}
