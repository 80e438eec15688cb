package io.scribbler.local;

import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** The SDK's own clients, without retries. */
final class Clients {
  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret"));
  private static final ClientOverrideConfiguration ONCE =
      ClientOverrideConfiguration.builder()
          .retryStrategy(DefaultRetryStrategy.doNotRetry())
          .apiCallTimeout(Duration.ofSeconds(30))
          .build();

  private Clients() {}

  static KinesisClient sync(URI endpoint) {
    return sync(endpoint, ONCE);
  }

  static KinesisClient retrying(URI endpoint) {
    return sync(endpoint, ClientOverrideConfiguration.builder().build());
  }

  private static KinesisClient sync(URI endpoint, ClientOverrideConfiguration configuration) {
    return KinesisClient.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .overrideConfiguration(configuration)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  /** The HTTP client stays the caller's. */
  static KinesisAsyncClient async(URI endpoint, SdkAsyncHttpClient http) {
    return KinesisAsyncClient.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .httpClient(http)
        .build();
  }
}
