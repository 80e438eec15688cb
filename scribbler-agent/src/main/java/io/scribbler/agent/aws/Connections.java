package io.scribbler.agent.aws;

import io.scribbler.net.CaBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import software.amazon.awssdk.http.urlconnection.UrlConnectionFactory;

/** Opens the HTTP connections of an AWS client: proxy, trust and time limits. Thread-safe. */
final class Connections implements UrlConnectionFactory {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final Proxies proxies;
  private final SSLSocketFactory tls;
  private final int connectMillis;
  private final int readMillis;

  static {
    // The JDK's HTTP client reads these once. It would send a POST again on its own when a kept
    // connection breaks, and so make duplicates that nobody counts.
    System.setProperty("sun.net.http.retryPost", "false");
    // How many idle connections it keeps for each address: five would close those of a busy sender.
    setUnlessGiven("http.maxConnections", "256");
    // A proxy's user and password may go over the tunnel's CONNECT: it is the operator who set
    // them.
    setUnlessGiven("jdk.http.auth.tunneling.disabledSchemes", "");
  }

  /**
   * Connections that go through those proxies and trust that CA bundle instead of the JDK's.
   *
   * @param timeout how long an answer may take
   * @throws AwsSetupException if the bundle can't be used
   */
  Connections(Proxies proxies, Optional<String> caBundle, Duration timeout) {
    this.proxies = proxies;
    this.tls =
        new AbortableTls(
            caBundle
                .map(bundle -> trusting(Path.of(bundle)))
                .orElseGet(HttpsURLConnection::getDefaultSSLSocketFactory));
    this.connectMillis = (int) Math.min(CONNECT.toMillis(), timeout.toMillis());
    this.readMillis = (int) timeout.toMillis();
  }

  @Override
  public HttpURLConnection createConnection(URI uri) {
    try {
      Optional<Proxies.Rule> rule = proxies.proxyFor(uri);
      HttpURLConnection connection =
          (HttpURLConnection)
              (rule.isPresent()
                  ? uri.toURL().openConnection(rule.get().proxy())
                  : uri.toURL().openConnection());
      rule.flatMap(Proxies.Rule::authenticator).ifPresent(connection::setAuthenticator);
      if (connection instanceof HttpsURLConnection https) {
        https.setSSLSocketFactory(tls);
      }
      connection.setConnectTimeout(connectMillis);
      connection.setReadTimeout(readMillis);
      return connection;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SSLSocketFactory trusting(Path bundle) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, CaBundle.load(bundle), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw new AwsSetupException("AWS_CA_BUNDLE: " + e.getMessage(), e);
    }
  }

  private static void setUnlessGiven(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
