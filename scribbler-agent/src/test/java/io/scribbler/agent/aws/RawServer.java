package io.scribbler.agent.aws;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An HTTP server, or proxy, whose every byte is the test's: each request's head is kept and
 * answered as told; a CONNECT that is answered with 200 becomes a tunnel to a port of this host.
 */
final class RawServer implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *([0-9]+)");

  final List<String> heads = new CopyOnWriteArrayList<>();
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private volatile Function<String, String> answer;
  private final int tunnelTo;

  RawServer(Function<String, String> answer, int tunnelTo) throws IOException {
    this.answer = answer;
    this.tunnelTo = tunnelTo;
    start("raw-server", this::accept);
  }

  void answer(Function<String, String> how) {
    answer = how;
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  private void accept() throws IOException {
    while (!server.isClosed()) {
      Socket socket = server.accept();
      start("raw-connection", () -> serve(socket));
    }
  }

  private void serve(Socket socket) throws IOException {
    try (socket;
        InputStream in = socket.getInputStream()) {
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        Matcher length = LENGTH.matcher(head);
        if (length.find()) {
          in.readNBytes(Integer.parseInt(length.group(1)));
        }
        heads.add(head);
        String answered = answer.apply(head);
        OutputStream out = socket.getOutputStream();
        out.write(answered.getBytes(StandardCharsets.ISO_8859_1));
        if (head.startsWith("CONNECT") && answered.startsWith("HTTP/1.1 200")) {
          tunnel(in, out);
          return;
        }
      }
    }
  }

  private void tunnel(InputStream in, OutputStream out) throws IOException {
    try (Socket target = new Socket(InetAddress.getLoopbackAddress(), tunnelTo)) {
      start("raw-tunnel", () -> in.transferTo(target.getOutputStream()));
      target.getInputStream().transferTo(out);
    }
  }

  /** Up to the empty line; empty at the end of the connection. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return "";
      }
      head.append((char) c);
    }
    return head.toString();
  }

  private static void start(String name, Step step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (IOException e) {
                Thread.currentThread().setName(name + " ended: " + e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  /** A thread's work, which ends when its connection does. */
  private interface Step {
    void run() throws IOException;
  }
}
