package io.scribbler.agent.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.agent.config.StreamConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.KinesisException;

/** What the client does on the wire, against services on this host. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClientTest {
  private static final DateTimeFormatter AMZ_DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  /** A refusal tells the service's time; the next call is signed with it. */
  @Test
  void aWrongClockIsCorrectedOnTheNextCall() throws IOException {
    Instant serviceTime = Instant.now().plus(Duration.ofHours(3));
    String head = "HTTP/1.1 %s\r\nDate: " + HTTP_DATE.format(serviceTime) + "\r\n%s\r\n";
    String refused =
        head.formatted(
            "400 Bad Request",
            "x-amzn-ErrorType: InvalidSignatureException\r\nContent-Length: 0\r\n");
    String ok =
        head.formatted(
            "200 OK", "Content-Type: application/x-amz-cbor-1.1\r\nContent-Length: 1\r\n");
    try (RawServer aws = new RawServer(request -> "", 0)) {
      aws.answer(request -> aws.heads.size() == 1 ? refused : ok + "\u00a0");
      try (KinesisClient client =
          client("http://127.0.0.1:" + aws.port(), Duration.ofSeconds(10))) {
        assertThatThrownBy(client::listStreams).isInstanceOf(KinesisException.class);
        assertThat(aws.heads).hasSize(1);
        client.listStreams();
      }
      Matcher date = Pattern.compile("(?i)x-amz-date: (\\S+)").matcher(aws.heads.get(1));
      assertThat(date.find()).isTrue();
      Instant signed = AMZ_DATE.parse(date.group(1), Instant::from);
      assertThat(Duration.between(serviceTime, signed).abs()).isLessThan(Duration.ofMinutes(1));
    }
  }

  @Test
  void anAnswerThatNeverComesEndsInTime() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        KinesisClient client =
            client("http://127.0.0.1:" + silent.getLocalPort(), Duration.ofMillis(500))) {
      long start = System.nanoTime();
      assertThatThrownBy(client::listStreams).isInstanceOf(SdkException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  /** A peer that takes no bytes stalls the request in a write, which no socket timeout ends. */
  @Test
  void aBodyThatIsNeverTakenEndsInTime() throws IOException {
    try (ServerSocket stalled = new ServerSocket()) {
      stalled.setReceiveBufferSize(4096);
      stalled.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      assertStalledPutEnds("http://127.0.0.1:" + stalled.getLocalPort(), Map.of());
    }
  }

  /** The same when the peer stops after the handshake. */
  @Test
  void anEncryptedBodyThatIsNeverTakenEndsInTime(@TempDir Path dir) throws Exception {
    TestCa ca = TestCa.create(dir);
    try (ServerSocket stalled = ca.server().getServerSocketFactory().createServerSocket()) {
      stalled.setReceiveBufferSize(4096);
      stalled.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Thread shake =
          new Thread(
              () -> {
                try {
                  ((SSLSocket) stalled.accept()).startHandshake();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      shake.start();
      assertStalledPutEnds(
          "https://127.0.0.1:" + stalled.getLocalPort(),
          Map.of("AWS_CA_BUNDLE", ca.pem().toString()));
      shake.join();
    }
  }

  @Test
  void onlyTheCaBundleIsTrusted(@TempDir Path dir) throws Exception {
    TestCa ca = TestCa.create(dir);
    try (FakeAws aws = FakeAws.https(ca.server())) {
      Map<String, String> bundle = Map.of("AWS_CA_BUNDLE", ca.pem().toString());
      try (KinesisClient client = client(aws.url(), Duration.ofSeconds(10), bundle)) {
        client.listStreams();
      }
      try (KinesisClient client = client(aws.url(), Duration.ofSeconds(10), Map.of())) {
        assertThatThrownBy(client::listStreams)
            .hasRootCauseInstanceOf(CertPathBuilderException.class);
      }
      assertThat(aws.requests).hasSize(1);
      Map<String, String> missing = Map.of("AWS_CA_BUNDLE", dir.resolve("none.pem").toString());
      assertThatThrownBy(() -> client(aws.url(), Duration.ofSeconds(10), missing))
          .isInstanceOf(AwsSetupException.class)
          .hasMessageStartingWith("AWS_CA_BUNDLE: there is no CA bundle");
    }
  }

  private static void assertStalledPutEnds(String endpoint, Map<String, String> environment) {
    SdkBytes data = SdkBytes.fromByteArray(new byte[9 << 20]);
    try (KinesisClient client = client(endpoint, Duration.ofSeconds(1), environment)) {
      long start = System.nanoTime();
      assertThatThrownBy(
              () -> client.putRecord(put -> put.streamName("s").partitionKey("k").data(data)))
          .isInstanceOf(SdkException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
  }

  private static KinesisClient client(String endpoint, Duration timeout) {
    return client(endpoint, timeout, Map.of());
  }

  private static KinesisClient client(
      String endpoint, Duration timeout, Map<String, String> environment) {
    return AwsAccess.kinesis(
        StreamConfig.builder("s").endpoint(endpoint).requestTimeout(timeout).build(), environment);
  }
}
