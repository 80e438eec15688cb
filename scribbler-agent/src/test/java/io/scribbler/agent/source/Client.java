package io.scribbler.agent.source;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client of a Unix socket that waits for what it does. */
final class Client implements AutoCloseable {
  private final SocketChannel channel;

  Client(Path socket) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
  }

  Client send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  Client send(byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      channel.write(left);
    }
    return this;
  }

  Client endOutput() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  /** The next line without its newline; null at the end. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (channel.read(one) > 0) {
      if (one.get(0) == '\n') {
        return line.toString();
      }
      line.append((char) one.get(0));
      one.clear();
    }
    return null;
  }

  /** Bytes that can be read without waiting, looked for once. */
  int available() throws IOException {
    ByteBuffer some = ByteBuffer.allocate(1024);
    channel.configureBlocking(false);
    try {
      return channel.read(some);
    } finally {
      channel.configureBlocking(true);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
