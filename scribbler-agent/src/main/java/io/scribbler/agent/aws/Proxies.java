package io.scribbler.agent.aws;

import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxies that the environment names, as AWS tools take them: {@code https_proxy} for https,
 * {@code http_proxy} for http, lower case first, and {@code no_proxy} for hosts and domains that
 * are reached directly. This host always is.
 */
final class Proxies {
  private final Optional<Rule> http;
  private final Optional<Rule> https;
  private final List<String> direct;

  /**
   * A proxy.
   *
   * @param authenticator gives its user and password; empty when it asks for none
   */
  record Rule(Proxy proxy, Optional<Authenticator> authenticator) {}

  private Proxies(Optional<Rule> http, Optional<Rule> https, List<String> direct) {
    this.http = http;
    this.https = https;
    this.direct = direct;
  }

  static Proxies of(Map<String, String> environment) {
    List<String> direct = new ArrayList<>();
    for (String entry : either(environment, "no_proxy").orElse("").split(",", -1)) {
      String name = entry.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", "");
      if (!name.isEmpty()) {
        direct.add(name);
      }
    }
    return new Proxies(rule(environment, "http_proxy"), rule(environment, "https_proxy"), direct);
  }

  /** The proxy for an address; empty when there is none for it. */
  Optional<Rule> proxyFor(URI uri) {
    if (Hosts.isLoopback(uri) || isDirect(uri)) {
      return Optional.empty();
    }
    return "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
  }

  private boolean isDirect(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    int standard = "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    String withPort = host + ":" + (uri.getPort() < 0 ? standard : uri.getPort());
    for (String name : direct) {
      boolean match =
          name.equals("*")
              || isWithin(host, name)
              || (name.contains(":") && isWithin(withPort, name));
      if (match) {
        return true;
      }
    }
    return false;
  }

  private static boolean isWithin(String host, String domain) {
    return host.equals(domain) || host.endsWith("." + domain);
  }

  private static Optional<Rule> rule(Map<String, String> environment, String name) {
    return either(environment, name).map(text -> rule(name, text));
  }

  private static Rule rule(String name, String text) {
    try {
      URI uri = new URI(text.contains("://") ? text : "http://" + text);
      if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
        throw wrong(name);
      }
      int port = uri.getPort() < 0 ? 80 : uri.getPort();
      // Only a name: the address is looked up at each connection.
      Proxy proxy =
          new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port));
      return new Rule(proxy, Optional.ofNullable(uri.getRawUserInfo()).map(Proxies::login));
    } catch (URISyntaxException e) {
      throw wrong(name);
    }
  }

  /** The value may hold a password, so it is not repeated. */
  private static AwsSetupException wrong(String name) {
    return new AwsSetupException(
        name + " is no address of a proxy; write it as http://[USER:PASSWORD@]HOST:PORT");
  }

  private static Authenticator login(String userInfo) {
    String[] parts = userInfo.split(":", 2);
    String user = decoded(parts[0]);
    String password = parts.length < 2 ? "" : decoded(parts[1]);
    return new Authenticator() {
      @Override
      protected PasswordAuthentication getPasswordAuthentication() {
        return getRequestorType() == RequestorType.PROXY
            ? new PasswordAuthentication(user, password.toCharArray())
            : null;
      }
    };
  }

  /** Percent signs only: a plus is a plus in this part of an address. */
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static Optional<String> either(Map<String, String> environment, String lowerCase) {
    return AwsAccess.variable(environment, lowerCase)
        .or(() -> AwsAccess.variable(environment, lowerCase.toUpperCase(Locale.ROOT)))
        .map(String::strip);
  }
}
