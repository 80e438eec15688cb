package io.scribbler.agent.aws;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each test runs a JVM of its own, since the environment is what matters. */
class AwsAccessTest {
  private static final Map<String, String> KEYS =
      Map.of("AWS_ACCESS_KEY_ID", "AKIDOFENV", "AWS_SECRET_ACCESS_KEY", "env-secret");

  @TempDir private Path dir;
  private FakeAws aws;

  @BeforeEach
  void start() throws IOException {
    aws = FakeAws.http();
  }

  @AfterEach
  void stop() {
    aws.close();
  }

  @Test
  void developmentNeedsNoSetUp() throws Exception {
    assertThat(Fork.probe(Map.of(), "endpoint", aws.url())).startsWith("ok");
    assertThat(authorization()).contains("Credential=development/").contains("/us-east-1/kinesis/");
  }

  @Test
  void keysRegionAndEndpointComeFromTheEnvironment() throws Exception {
    Map<String, String> environment = new HashMap<>(KEYS);
    environment.put("AWS_REGION", "eu-west-1");
    environment.put("AWS_ENDPOINT_URL", aws.url());
    environment.put("AWS_SESSION_TOKEN", "token");
    assertThat(Fork.probe(environment)).startsWith("ok");
    assertThat(authorization()).contains("Credential=AKIDOFENV/").contains("/eu-west-1/kinesis/");
    assertThat(aws.requests.get(0).header("X-Amz-Security-Token")).isEqualTo("token");

    environment.put("AWS_ENDPOINT_URL_KINESIS", aws.url());
    environment.put("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    assertThat(Fork.probe(environment)).startsWith("ok");
  }

  @Test
  void aFailureIsToldAfterOneRequest() throws Exception {
    aws.answer((exchange, request) -> FakeAws.respond(exchange, 500, "text/plain", new byte[0]));
    assertThat(Fork.probe(KEYS, "endpoint", aws.url())).startsWith("failed:");
    assertThat(aws.requests).hasSize(1);
  }

  /** A kept connection that the server closes must not make the JDK send a request twice. */
  @Test
  void aBrokenConnectionIsNotRetried() throws Exception {
    aws.answer(
        (exchange, request) -> {
          if (aws.requests.size() == 1) {
            FakeAws.usual(exchange, request);
          } else {
            exchange.close();
          }
        });
    assertThat(Fork.probe(KEYS, "endpoint", aws.url(), "calls", "2")).startsWith("failed:");
    assertThat(aws.requests).hasSize(2);
  }

  @Test
  void theRegionOfAnArnIsUsed() throws Exception {
    String arn = "arn:aws:kinesis:ap-south-1:123456789012:stream/s";
    assertThat(Fork.probe(KEYS, "endpoint", aws.url(), "stream", arn)).startsWith("ok");
    assertThat(authorization()).contains("/ap-south-1/kinesis/");
    assertThat(Fork.probe(KEYS, "stream", arn, "region", "us-east-1"))
        .startsWith("setup: region is us-east-1, but the stream's ARN is in ap-south-1");
  }

  @Test
  void noRegionIsOneClearLine() throws Exception {
    assertThat(Fork.probe(KEYS))
        .isEqualTo("setup: no region: give --region, set AWS_REGION, or a profile's region\n");
  }

  @Test
  void profilesAreRead() throws Exception {
    Path config = dir.resolve("config");
    Files.writeString(
        config,
        """
        [default]
        region = eu-north-1
        [profile ads]
        region = eu-south-1
        aws_access_key_id = AKIDOFPROFILE
        aws_secret_access_key = profile-secret
        """);
    Map<String, String> environment = new HashMap<>(KEYS);
    environment.put("AWS_CONFIG_FILE", config.toString());
    // A profile that is asked for wins over keys of the environment, as in the AWS CLI.
    assertThat(Fork.probe(environment, "endpoint", aws.url(), "profile", "ads")).startsWith("ok");
    assertThat(authorization()).contains("AKIDOFPROFILE/").contains("/eu-south-1/kinesis/");
    assertThat(Fork.probe(environment, "endpoint", aws.url(), "profile", "none"))
        .startsWith("setup: there is no profile \"none\"");
    environment.put("AWS_PROFILE", "ads");
    environment.remove("AWS_ACCESS_KEY_ID");
    assertThat(Fork.probe(environment, "endpoint", aws.url())).startsWith("ok");
    assertThat(aws.requests.get(1).header("Authorization")).contains("AKIDOFPROFILE/");
  }

  @Test
  void aRoleIsAssumed() throws Exception {
    try (FakeAws sts = FakeAws.http()) {
      Map<String, String> environment = new HashMap<>(KEYS);
      environment.put("AWS_ENDPOINT_URL_STS", sts.url());
      String[] options = {
        "endpoint",
        aws.url(),
        "role-arn",
        "arn:aws:iam::123456789012:role/scribbler",
        "external-id",
        "x-17",
        "region",
        "us-east-1"
      };
      assertThat(Fork.probe(environment, options)).startsWith("ok");
      assertThat(sts.requests.get(0).body())
          .contains("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fscribbler")
          .contains("ExternalId=x-17")
          .contains("RoleSessionName=scribbler");
      assertThat(sts.requests.get(0).header("Authorization")).contains("AKIDOFENV/");
      assertThat(authorization()).contains("AKIDOFROLE/");
      assertThat(aws.requests.get(0).header("X-Amz-Security-Token")).isEqualTo("role-token");
    }
  }

  @Test
  void aProxyIsGoneThrough() throws Exception {
    String ok =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-cbor-1.1\r\nContent-Length: 1\r\n\r\n";
    try (RawServer proxy = new RawServer(head -> ok + "\u00a0", 0)) {
      Map<String, String> environment = new HashMap<>(KEYS);
      environment.put("HTTP_PROXY", "http://127.0.0.1:" + proxy.port());
      String[] options = {"endpoint", "http://kinesis.test.invalid", "region", "us-east-1"};
      assertThat(Fork.probe(environment, options)).startsWith("ok");
      assertThat(proxy.heads.get(0)).startsWith("POST http://kinesis.test.invalid/ HTTP/1.1");
      environment.put("NO_PROXY", "test.invalid");
      assertThat(Fork.probe(environment, options)).startsWith("failed:");
      assertThat(proxy.heads).hasSize(1);
    }
  }

  /** Basic authentication over a tunnel, which the JDK refuses unless told. */
  @Test
  void aProxyWithAPasswordTunnelsTls() throws Exception {
    TestCa ca = TestCa.create(dir);
    String login = Base64.getEncoder().encodeToString("me:p@ss+word".getBytes(UTF_8));
    String asked =
        "HTTP/1.1 407 Asked\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n";
    try (FakeAws tls = FakeAws.https(ca.server());
        RawServer proxy =
            new RawServer(
                head -> head.contains("Basic " + login) ? "HTTP/1.1 200 OK\r\n\r\n" : asked,
                tls.port())) {
      Map<String, String> environment = new HashMap<>(KEYS);
      environment.put("HTTPS_PROXY", "http://me:p%40ss+word@127.0.0.1:" + proxy.port());
      environment.put("AWS_CA_BUNDLE", ca.pem().toString());
      String[] options = {
        "endpoint", "https://kinesis.test.invalid", "region", "us-east-1", "calls", "2"
      };
      String output = Fork.probe(environment, options);
      assertThat(output).startsWith("ok").doesNotContain("p@ss+word").doesNotContain(login);
      assertThat(proxy.heads).hasSize(2).allMatch(h -> h.startsWith("CONNECT kinesis.test.inv"));
      assertThat(tls.requests).hasSize(2);
    }
  }

  /** Whatever is found and whatever fails, keys and tokens never reach a log. */
  @Test
  void secretsAreNeverLogged() throws Exception {
    Map<String, String> environment = new HashMap<>(KEYS);
    environment.put("AWS_SESSION_TOKEN", "env-token");
    environment.put("HTTP_PROXY", "http://me:proxy-secret@127.0.0.1:1");
    aws.answer(
        (exchange, request) -> {
          exchange.getResponseHeaders().set("x-amzn-ErrorType", "ExpiredTokenException");
          FakeAws.respond(exchange, 400, "text/plain", new byte[0]);
        });
    String refused = Fork.probe(environment, "endpoint", aws.url());
    String lost = Fork.probe(environment, "endpoint", "http://k.invalid", "region", "us-east-1");
    String role = "arn:aws:iam::123456789012:role/r";
    environment.put("AWS_ENDPOINT_URL_STS", aws.url());
    String denied = Fork.probe(environment, "endpoint", aws.url(), "role-arn", role);
    assertThat(List.of(refused, lost, denied))
        .allSatisfy(
            output ->
                assertThat(output)
                    .contains("failed:")
                    .doesNotContain("env-secret", "env-token", "proxy-secret"));
  }

  private String authorization() {
    return aws.requests.get(0).header("Authorization");
  }
}
