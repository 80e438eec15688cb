package io.scribbler.agent.aws;

import java.net.URI;
import java.util.Locale;

/** What a host's name tells without a look-up. */
final class Hosts {
  private Hosts() {}

  /** Whether it is this host by name or address. */
  static boolean isLoopback(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || host.matches("127(\\.[0-9]{1,3}){3}")
        || host.equals("[::1]");
  }
}
