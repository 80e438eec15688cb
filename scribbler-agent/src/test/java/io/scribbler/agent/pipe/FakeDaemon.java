package io.scribbler.agent.pipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A socket whose other side does what a test says. */
final class FakeDaemon implements AutoCloseable {
  private final Path path;
  private final ServerSocketChannel listening;

  FakeDaemon(Path path) throws IOException {
    this.path = path;
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(path));
  }

  /** The next connection. */
  Session accept() throws IOException {
    return new Session(listening.accept());
  }

  /** The next connection, its hello answered with OK. */
  Session welcome() throws IOException {
    Session session = accept();
    session.hello = session.line();
    session.say("OK producer=p epoch=1");
    return session;
  }

  @Override
  public void close() throws IOException {
    listening.close();
    Files.deleteIfExists(path);
  }

  /** One connection. */
  static final class Session implements AutoCloseable {
    private final SocketChannel channel;
    String hello;

    Session(SocketChannel channel) {
      this.channel = channel;
    }

    String line() throws IOException {
      StringBuilder line = new StringBuilder();
      ByteBuffer one = ByteBuffer.allocate(1);
      while (channel.read(one) > 0 && one.get(0) != '\n') {
        line.append((char) one.get(0));
        one.clear();
      }
      return line.toString();
    }

    /** The value of a parameter in the hello. */
    String parameter(String name) {
      for (String word : hello.split(" ", -1)) {
        if (word.startsWith(name + "=")) {
          return word.substring(name.length() + 1);
        }
      }
      return null;
    }

    void say(String line) throws IOException {
      channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    private ByteBuffer bytes(int length) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes) < 0) {
          throw new IOException("ended");
        }
      }
      return bytes.flip();
    }

    /** The length of the next message. */
    long length() throws IOException {
      return bytes(4).getInt() & 0xffff_ffffL;
    }

    /** The next message. */
    String message() {
      try {
        return new String(bytes((int) length()).array(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    byte[] raw(int length) throws IOException {
      return bytes(length).array();
    }

    /** Whether the other side has closed it. */
    boolean ended() throws IOException {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
