package io.scribbler.agent.config;

/**
 * Where the admin server listens.
 *
 * @param host a name or address, without brackets
 * @param port 0 to 65535; 0 lets the system choose
 */
public record AdminConfig(String host, int port) {
  public AdminConfig {
    Checks.text("listen", host);
    Checks.range("listen", port, 0, 65_535);
  }

  /** Reads {@code host:port}, {@code [::1]:port} or {@code :port} (all addresses). */
  public static AdminConfig parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw new SettingException("listen", "\"" + text + "\" is no address; give HOST:PORT");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new AdminConfig(
        host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(text.substring(colon + 1)));
  }
}
