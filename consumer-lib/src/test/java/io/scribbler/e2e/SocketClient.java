package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/** A program that writes to the daemon's Unix socket. One thread. */
final class SocketClient implements AutoCloseable {
  private final SocketChannel channel;
  private final DataOutputStream out;
  private final BufferedReader in;

  private SocketClient(SocketChannel channel) {
    this.channel = channel;
    out =
        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
    in = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), UTF_8));
  }

  static SocketClient connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return new SocketClient(channel);
  }

  /** Sends a hello and returns the answer. */
  String hello(String parameters) throws IOException {
    line("SCRIBBLER/1 " + parameters);
    return answer();
  }

  void lines(List<String> lines) throws IOException {
    for (String line : lines) {
      out.write(line.getBytes(ISO_8859_1));
      out.write('\n');
    }
    out.flush();
  }

  void line(String line) throws IOException {
    lines(List.of(line));
  }

  /** Sends messages, each after its length. */
  void framed(List<String> messages) throws IOException {
    for (String message : messages) {
      out.writeInt(message.length());
      out.write(message.getBytes(ISO_8859_1));
    }
    out.flush();
  }

  /** The next line that the daemon sends; null at the end. */
  String answer() throws IOException {
    return in.readLine();
  }

  /** Reads acknowledgements until they cover so many messages. */
  void awaitAck(long messages) throws IOException {
    String line;
    do {
      line = in.readLine();
      if (line == null) {
        throw new IOException("closed before ACK " + messages);
      }
    } while (Long.parseLong(line.substring("ACK ".length())) < messages);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
