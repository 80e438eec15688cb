package io.scribbler.agent.source;

import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.util.Optional;

/**
 * A listening socket that systemd made before it started this process. The launcher puts it in the
 * place of standard input, where the JDK finds it, and says so in a property.
 */
public final class Activation {
  /** How many sockets systemd passed; absent if this process was not started for a socket. */
  static final String SOCKETS = "scribbler.listen.fds";

  private Activation() {}

  /**
   * The socket, if this process was started for one.
   *
   * @throws IOException with a line for the operator, if it is none that can be used
   */
  static Optional<ServerSocketChannel> socket() throws IOException {
    String sockets = System.getProperty(SOCKETS);
    if (sockets == null) {
      return Optional.empty();
    }
    if (!sockets.equals("1")) {
      throw new IOException(
          "systemd passed " + sockets + " sockets; only one is taken, leave one ListenStream=");
    }
    Channel inherited = System.inheritedChannel();
    if (inherited instanceof ServerSocketChannel socket) {
      return Optional.of(socket);
    }
    throw new IOException(
        "systemd passed something that is no listening stream socket; use ListenStream= and"
            + " Accept=no");
  }

  /**
   * Checks that standard input can be read.
   *
   * @throws IOException with a line for the operator, if the socket is in its place
   */
  public static void refuseStdin() throws IOException {
    if (System.getProperty(SOCKETS) != null) {
      throw new IOException(
          "a source of type stdin can't be used together with a socket that systemd passes; remove"
              + " the source or the socket unit");
    }
  }
}
