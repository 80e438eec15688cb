package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that loses nothing: it numbers its messages under an identity of its own, knows which
 * are acknowledged, and when the connection ends it comes again and sends all others again.
 */
final class Resender implements AutoCloseable {
  private static final int CHUNK = 1 << 16;

  private final Path socket;
  private final Client client;
  private final Thread thread;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK + Payload.LONGEST + 8); // the thread's
  private volatile long acknowledged;
  private volatile long sent; // sequence behind the highest that was ever sent
  private final AtomicLong connections = new AtomicLong();
  private volatile SocketChannel open; // the last one; null before the first
  private volatile boolean paused;
  private volatile boolean stopping; // no new messages
  private volatile boolean closed;
  private volatile String refusal = "";

  /**
   * Who it is and what it sends.
   *
   * @param framing lines or length
   * @param bytes of each message
   * @param rate bytes a second, as far as it is let
   * @param window messages that may wait for their acknowledgement
   */
  record Client(
      String producer,
      long epoch,
      String topic,
      String acks,
      String framing,
      int bytes,
      double rate,
      long window) {
    String hello(long from) {
      return "SCRIBBLER/1 topic=%s framing=%s acks=%s producer=%s epoch=%d from=%d\n"
          .formatted(topic, framing, acks, producer, epoch, from);
    }

    byte[] message(long sequence) {
      return Payload.of(producer, topic, sequence, bytes);
    }
  }

  private Resender(Path socket, Client client) {
    this.socket = socket;
    this.client = client;
    thread = new Thread(this::run, "resender-" + client.producer());
    thread.setDaemon(true);
  }

  static Resender start(Path socket, Client client) {
    Resender resender = new Resender(socket, client);
    resender.thread.start();
    return resender;
  }

  private void run() {
    while (!done()) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(socket));
        converse(channel);
      } catch (IOException e) {
        LockSupport.parkNanos(20_000_000); // it is not there, or it is there no longer
      }
    }
  }

  private boolean done() {
    return closed || (stopping && acknowledged == sent);
  }

  private void converse(SocketChannel channel) throws IOException {
    long from = acknowledged;
    write(channel, ByteBuffer.wrap(client.hello(from).getBytes(US_ASCII)));
    Answers answers = new Answers(channel);
    String answer = answers.next();
    if (!answer.startsWith("OK ")) {
      refusal = answer;
      throw new IOException(answer);
    }
    connections.incrementAndGet();
    open = channel;
    Thread reader = new Thread(() -> readAnswers(answers, from), thread.getName() + "-reader");
    reader.setDaemon(true);
    reader.start();
    send(channel, from);
  }

  private void readAnswers(Answers answers, long from) {
    try (SocketChannel channel = answers.channel) {
      while (channel.isOpen()) {
        String line = answers.next();
        acknowledged = from + Long.parseLong(line.substring("ACK ".length()));
      }
    } catch (IOException e) {
      // It has ended: the writer notices, since the channel is closed now.
    }
  }

  private void send(SocketChannel channel, long from) throws IOException {
    long next = from;
    long start = System.nanoTime();
    double bytes = 0;
    while (!done()) {
      if (!channel.isOpen()) {
        throw new IOException("closed");
      }
      boolean wait = next - acknowledged >= client.window || (paused && next >= sent);
      boolean early = bytes > client.rate * (System.nanoTime() - start) / 1e9;
      if (wait || early || (stopping && next == sent)) {
        LockSupport.parkNanos(1_000_000);
        continue;
      }
      chunk.clear();
      while (chunk.position() < Math.min(CHUNK, client.rate / 20)
          && next - acknowledged < client.window
          && !(stopping && next == sent)) {
        byte[] message = client.message(next++);
        if (client.framing.equals("length")) {
          chunk.putInt(message.length).put(message);
        } else {
          chunk.put(message).put((byte) '\n');
        }
        sent = Math.max(sent, next);
      }
      bytes += chunk.position();
      write(channel, chunk.flip());
    }
  }

  private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The lines that a daemon answers. One thread at a time. */
  private static final class Answers {
    final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(1 << 12).flip();

    Answers(SocketChannel channel) {
      this.channel = channel;
    }

    String next() throws IOException {
      StringBuilder line = new StringBuilder();
      while (true) {
        while (in.hasRemaining()) {
          char c = (char) in.get();
          if (c == '\n') {
            return line.toString();
          }
          line.append(c);
        }
        if (channel.read(in.clear()) < 0) {
          throw new IOException("ended");
        }
        in.flip();
      }
    }
  }

  Client client() {
    return client;
  }

  /** How many messages from the first one on are acknowledged. */
  long acknowledged() {
    return acknowledged;
  }

  /** How often a daemon has answered its hello. */
  long connections() {
    return connections.get();
  }

  /** Why a daemon refused it, the last time. */
  String refusal() {
    return refusal;
  }

  /** Cuts its connection, if it has one. */
  void cut() {
    SocketChannel now = open;
    try {
      if (now != null) {
        now.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends nothing new for a time. */
  void pause(boolean now) {
    paused = now;
  }

  /** Sends nothing new any more; true once all that was sent is acknowledged. */
  boolean finish(Duration limit) {
    stopping = true;
    return Until.within(limit, () -> acknowledged == sent);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt(); // closes its channel, if it waits in it
  }
}
