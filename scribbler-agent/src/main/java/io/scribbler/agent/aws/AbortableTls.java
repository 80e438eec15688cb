package io.scribbler.agent.aws;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;

/**
 * TLS sockets that can be closed while a write to them is stuck. The JDK's wait in {@code close}
 * for the writer, to say goodbye in order, unless SO_LINGER bounds that wait; a peer that takes no
 * bytes would otherwise hold the request, and the thread that wants to end it, for many minutes.
 */
final class AbortableTls extends SSLSocketFactory {
  private static final int LINGER_SECONDS = 1;

  private final SSLSocketFactory sockets;

  AbortableTls(SSLSocketFactory sockets) {
    this.sockets = sockets;
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return sockets.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return sockets.getSupportedCipherSuites();
  }

  @Override
  public Socket createSocket() throws IOException {
    return bounded(sockets.createSocket());
  }

  @Override
  public Socket createSocket(Socket under, String host, int port, boolean autoClose)
      throws IOException {
    return bounded(sockets.createSocket(under, host, port, autoClose));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return bounded(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    return bounded(sockets.createSocket(host, port, local, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return bounded(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
      throws IOException {
    return bounded(sockets.createSocket(host, port, local, localPort));
  }

  private static Socket bounded(Socket socket) throws IOException {
    socket.setSoLinger(true, LINGER_SECONDS);
    return socket;
  }
}
