package io.scribbler.agent.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {
  private static final URI KINESIS = URI.create("https://kinesis.us-east-1.amazonaws.com");

  @Test
  void eachSchemeHasItsProxyAndLowerCaseGoesFirst() {
    Proxies proxies =
        Proxies.of(
            Map.of(
                "https_proxy",
                "http://one:1",
                "HTTPS_PROXY",
                "http://no:9",
                "HTTP_PROXY",
                "two:2"));
    assertThat(address(proxies, KINESIS)).isEqualTo("one/<unresolved>:1");
    assertThat(address(proxies, URI.create("http://kinesis.test"))).isEqualTo("two/<unresolved>:2");
    assertThat(Proxies.of(Map.of("HTTPS_PROXY", "")).proxyFor(KINESIS)).isEmpty();
    assertThat(Proxies.of(Map.of("HTTP_PROXY", "two:2")).proxyFor(KINESIS)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "*, true",
    "amazonaws.com, true",
    ".amazonaws.com, true",
    "*.amazonaws.com, true",
    "KINESIS.us-east-1.amazonaws.com, true",
    "'x.test, .us-east-1.amazonaws.com ', true",
    "kinesis.us-east-1.amazonaws.com:443, true",
    "kinesis.us-east-1.amazonaws.com:8443, false",
    "aws.com, false",
    "s.us-east-1.amazonaws.com, false",
    "', ,', false"
  })
  void hostsOfNoProxyAreReachedDirectly(String noProxy, boolean direct) {
    Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY", noProxy));
    assertThat(proxies.proxyFor(KINESIS).isEmpty()).isEqualTo(direct);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://localhost:1",
        "https://127.0.0.1:1",
        "https://[::1]:1",
        "https://a.localhost"
      })
  void thisHostIsReachedDirectly(String uri) {
    assertThat(Proxies.of(Map.of("HTTPS_PROXY", "http://p:1")).proxyFor(URI.create(uri))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://u:hidden@p:1", "http://u:hidden@", "socks5://u:hidden@p", "u:hidden @p"})
  void whatIsNoProxyIsToldWithoutItsPassword(String value) {
    assertThatThrownBy(() -> Proxies.of(Map.of("HTTPS_PROXY", value)))
        .isInstanceOf(AwsSetupException.class)
        .hasMessageContaining("https_proxy is no address of a proxy")
        .hasMessageNotContaining("hidden");
  }

  private static String address(Proxies proxies, URI uri) {
    return proxies.proxyFor(uri).orElseThrow().proxy().address().toString();
  }
}
