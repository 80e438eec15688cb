package io.scribbler.agent.aws;

import io.scribbler.agent.config.StreamConfig;
import io.scribbler.net.StreamName;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.defaultsmode.DefaultsMode;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.KinesisClientBuilder;

/**
 * Makes the client of a stream from its settings and the environment, as AWS tools take them:
 * region, endpoint, profile, role, AWS_CA_BUNDLE (unless {@code javax.net.ssl.trustStore} is set),
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 *
 * <p>An endpoint on this host is taken for a development stand-in: it needs no region, no proxy,
 * and, when none are found, no credentials.
 */
public final class AwsAccess {
  private AwsAccess() {}

  /**
   * A client that never retries by itself: each call is one request. It is thread-safe; the caller
   * closes it. Nothing is connected to yet.
   *
   * @throws AwsSetupException if settings or environment can't work
   */
  public static KinesisClient kinesis(StreamConfig stream) {
    return kinesis(stream, System.getenv());
  }

  static KinesisClient kinesis(StreamConfig stream, Map<String, String> environment) {
    Optional<URI> endpoint = endpoint(stream, environment);
    boolean local = endpoint.map(Hosts::isLoopback).orElse(false);
    Region region = region(stream, environment, local);
    Http http = http(stream, environment);
    AwsCredentialsProvider base =
        Credentials.base(stream.profile(), local && stream.roleArn().isEmpty(), environment);
    AwsCredentialsProvider credentials =
        stream
            .roleArn()
            .map(role -> AssumedRole.of(role, stream.externalId(), base, region, http, environment))
            .orElse(base);
    KinesisClientBuilder client =
        KinesisClient.builder()
            .region(region)
            .credentialsProvider(credentials)
            .defaultsMode(DefaultsMode.STANDARD)
            .overrideConfiguration(
                override ->
                    override
                        .retryStrategy(AwsRetryStrategy.doNotRetry())
                        .apiCallAttemptTimeout(stream.requestTimeout()))
            .httpClientBuilder(http);
    endpoint.ifPresent(client::endpointOverride);
    return client.build();
  }

  private static Optional<URI> endpoint(StreamConfig stream, Map<String, String> environment) {
    if (stream.endpoint().isPresent()
        || "true".equalsIgnoreCase(environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) {
      return stream.endpoint();
    }
    return variable(environment, "AWS_ENDPOINT_URL_KINESIS")
        .or(() -> variable(environment, "AWS_ENDPOINT_URL"))
        .map(AwsAccess::uri);
  }

  private static Region region(
      StreamConfig stream, Map<String, String> environment, boolean local) {
    Optional<String> ofArn = Optional.ofNullable(StreamName.parse(stream.name()).region());
    if (stream.region().isPresent() && ofArn.isPresent() && !stream.region().equals(ofArn)) {
      throw new AwsSetupException(
          "region is "
              + stream.region().get()
              + ", but the stream's ARN is in "
              + ofArn.get()
              + ": leave region out, or correct one of them");
    }
    return stream
        .region()
        .or(() -> ofArn)
        .or(() -> variable(environment, "AWS_REGION"))
        .or(() -> variable(environment, "AWS_DEFAULT_REGION"))
        .or(() -> Credentials.regionOfProfile(stream.profile()))
        .or(() -> local ? Optional.of("us-east-1") : Optional.empty())
        .map(Region::of)
        .orElseThrow(
            () ->
                new AwsSetupException(
                    "no region: give --region, set AWS_REGION, or a profile's region"));
  }

  private static Http http(StreamConfig stream, Map<String, String> environment) {
    return new Http(
        new Connections(Proxies.of(environment), caBundle(environment), stream.requestTimeout()));
  }

  /** A trust store that is given to this JVM alone says more than the environment's bundle. */
  private static Optional<String> caBundle(Map<String, String> environment) {
    return System.getProperty("javax.net.ssl.trustStore") == null
        ? variable(environment, "AWS_CA_BUNDLE")
        : Optional.empty();
  }

  private static URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new AwsSetupException(
          "AWS_ENDPOINT_URL is no address: \"" + text + "\"; write it as https://HOST[:PORT]", e);
    }
  }

  static Optional<String> variable(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }
}
