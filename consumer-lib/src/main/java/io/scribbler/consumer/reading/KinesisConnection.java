package io.scribbler.consumer.reading;

import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamLocation;
import io.scribbler.net.CaBundle;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.TlsTrustManagersProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.KinesisClientBuilder;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;

/**
 * Makes clients of Kinesis from a {@link StreamLocation} and the environment, as AWS's own tools
 * do: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL_KINESIS and AWS_ENDPOINT_URL, AWS_CA_BUNDLE,
 * HTTPS_PROXY and their like, the credentials chain.
 *
 * <p>An endpoint on this host (an embedded stream) needs no configuration: there the region falls
 * back to us-east-1 and the credentials to made-up ones.
 */
public final class KinesisConnection {
  private static final Logger log = LoggerFactory.getLogger(KinesisConnection.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);
  private static final AwsCredentials MADE_UP = AwsBasicCredentials.create("local", "local");

  private final StreamLocation location;
  private final Map<String, String> environment;
  private final Optional<AwsCredentialsProvider> given;

  KinesisConnection(
      StreamLocation location,
      Optional<AwsCredentialsProvider> given,
      Map<String, String> environment) {
    this.location = location;
    this.given = given;
    this.environment = environment;
  }

  /**
   * A client that doesn't retry, since {@link StreamReader} does. Nothing is sent yet.
   *
   * @param environment the process's variables
   * @throws StreamException if there is no region, or AWS_CA_BUNDLE or an endpoint is wrong
   */
  public static KinesisClient open(StreamLocation location, Map<String, String> environment) {
    return open(location, Optional.empty(), environment);
  }

  /** The same with credentials that are given, if they are. */
  public static KinesisClient open(
      StreamLocation location,
      Optional<AwsCredentialsProvider> credentials,
      Map<String, String> environment) {
    return new KinesisConnection(location, credentials, environment).open();
  }

  private KinesisClient open() {
    Optional<URI> endpoint = endpoint("AWS_ENDPOINT_URL_KINESIS", location.endpoint());
    boolean local = endpoint.filter(KinesisConnection::isLoopback).isPresent();
    Region region = region(local);
    KinesisClientBuilder builder =
        KinesisClient.builder()
            .region(region)
            .credentialsProvider(credentials(local, region))
            .httpClient(httpClient())
            .overrideConfiguration(c -> c.retryStrategy(AwsRetryStrategy.doNotRetry()));
    endpoint.ifPresent(builder::endpointOverride);
    return builder.build();
  }

  /** The endpoint of a service: the one that is given, or the environment's, by its variable. */
  Optional<URI> endpoint(String variable, URI givenOne) {
    if (givenOne != null) {
      return Optional.of(givenOne);
    }
    if ("true".equalsIgnoreCase(environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) {
      return Optional.empty();
    }
    return Stream.of(variable, "AWS_ENDPOINT_URL")
        .filter(name -> !environment.getOrDefault(name, "").isBlank())
        .findFirst()
        .map(
            name -> {
              try {
                return endpoint(environment.get(name).strip());
              } catch (IllegalArgumentException e) {
                throw new StreamException(name + ": " + e.getMessage(), e);
              }
            });
  }

  /**
   * An endpoint as it is written.
   *
   * @throws IllegalArgumentException if it is none, with a line that says what one is
   */
  public static URI endpoint(String text) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(notAnEndpoint(text), e);
    }
    boolean http = "http".equalsIgnoreCase(uri.getScheme());
    if ((!http && !"https".equalsIgnoreCase(uri.getScheme())) || uri.getHost() == null) {
      throw new IllegalArgumentException(notAnEndpoint(text));
    }
    return uri;
  }

  private static String notAnEndpoint(String text) {
    return "'" + text + "' is no endpoint; write it like http://127.0.0.1:4567";
  }

  static boolean isLoopback(URI endpoint) {
    String host = endpoint.getHost();
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  Region region(boolean local) {
    String given = location.region() != null ? location.region() : location.stream().region();
    if (given != null) {
      return Region.of(given);
    }
    if (local && environment.getOrDefault("AWS_REGION", "").isEmpty()) {
      return Region.US_EAST_1;
    }
    try {
      DefaultAwsRegionProviderChain.Builder chain = DefaultAwsRegionProviderChain.builder();
      if (location.profile() != null) {
        chain.profileName(location.profile());
      }
      return chain.build().getRegion();
    } catch (SdkClientException e) {
      throw new StreamException(
          "no AWS region; give --region, or set AWS_REGION, or region in the AWS profile", e);
    }
  }

  AwsCredentialsProvider credentials(boolean local, Region region) {
    AwsCredentialsProvider base =
        given.orElseGet(() -> local ? localCredentials() : ownCredentials());
    if (location.roleArn() == null) {
      return base;
    }
    StsClient sts =
        StsClient.builder()
            .region(region)
            .credentialsProvider(base)
            .httpClient(httpClient())
            .build();
    return StsAssumeRoleCredentialsProvider.builder()
        .stsClient(sts)
        .refreshRequest(
            r ->
                r.roleArn(location.roleArn())
                    .externalId(location.externalId())
                    .roleSessionName("scribbler"))
        .build();
  }

  private AwsCredentialsProvider ownCredentials() {
    DefaultCredentialsProvider.Builder chain = DefaultCredentialsProvider.builder();
    if (location.profile() != null) {
      chain.profileName(location.profile());
    }
    return chain.build();
  }

  /** As always, but neither asks for those of an EC2 host nor fails when there are none. */
  private AwsCredentialsProvider localCredentials() {
    ProfileCredentialsProvider.Builder profile = ProfileCredentialsProvider.builder();
    if (location.profile() != null) {
      return profile.profileName(location.profile()).build();
    }
    return AwsCredentialsProviderChain.of(
        SystemPropertyCredentialsProvider.create(),
        EnvironmentVariableCredentialsProvider.create(),
        profile.build(),
        () -> {
          log.debug("no AWS credentials found; made-up ones are enough for this host's endpoint");
          return MADE_UP;
        });
  }

  SdkHttpClient httpClient() {
    UrlConnectionHttpClient.Builder http =
        UrlConnectionHttpClient.builder()
            .connectionTimeout(CONNECT_TIMEOUT)
            .socketTimeout(SOCKET_TIMEOUT);
    trust().ifPresent(http::tlsTrustManagersProvider);
    return http.build();
  }

  /** Who is trusted, if AWS_CA_BUNDLE says that. */
  Optional<TlsTrustManagersProvider> trust() {
    String bundle = environment.getOrDefault("AWS_CA_BUNDLE", "");
    // A trust store that is given to this JVM alone says more than the environment's bundle.
    if (bundle.isEmpty() || System.getProperty("javax.net.ssl.trustStore") != null) {
      return Optional.empty();
    }
    TrustManager[] trust = trust(Path.of(bundle));
    return Optional.of(() -> trust);
  }

  private static TrustManager[] trust(Path bundle) {
    try {
      return CaBundle.load(bundle);
    } catch (IOException e) {
      throw new StreamException("AWS_CA_BUNDLE: " + ReadTrouble.oneLine(e), e);
    }
  }
}
