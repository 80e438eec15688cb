package io.scribbler.agent.pipe;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The connection to the daemon, made again and again: says who it is, sends what the backlog has,
 * and takes acknowledgements. A thread of its own; {@link #wake}, {@link #stop} and {@link
 * #refusal} may be called by any.
 */
final class Link {
  private static final int CHUNK = 64 * 1024;
  private static final int LONGEST_ANSWER = 4096;
  private static final long FIRST_DELAY_MILLIS = 50;
  private static final long LONGEST_DELAY_MILLIS = 2000;

  /** How long a daemon may take to answer a hello before that is said. */
  private static final long SLOW_ANSWER_MILLIS = 5000;

  /** How long acknowledgements may stay away before that is said. */
  private static final long SLOW_ACK_MILLIS = 60_000;

  private final PipeSettings settings;
  private final Backlog backlog;
  private final LongSupplier epochs;
  private final Consumer<String> trouble;
  private final Runnable refused;
  private final Selector selector;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "link");
  private volatile boolean idle; // there was nothing to send
  private volatile String refusal; // null unless the daemon refused

  // Owned by the thread.
  private final ByteBuffer out = ByteBuffer.allocateDirect(CHUNK);
  private final ByteBuffer in = ByteBuffer.allocateDirect(LONGEST_ANSWER);
  private final StringBuilder line = new StringBuilder();
  private long epoch;
  private boolean sent; // something, under this epoch
  private boolean answered;
  private long heardNanos; // when the connection was made, or the daemon last said something
  private int failures; // since the last answer

  /** The daemon said that it won't take what comes. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String text) {
      super(text);
    }
  }

  /**
   * @param epochs gives a new epoch at each call
   * @param trouble is told, in one line and each time, why nothing goes on
   * @param refused is run when the daemon refuses, which ends the work
   */
  Link(
      PipeSettings settings,
      Backlog backlog,
      LongSupplier epochs,
      Consumer<String> trouble,
      Runnable refused)
      throws IOException {
    this.settings = settings;
    this.backlog = backlog;
    this.epochs = epochs;
    this.trouble = trouble;
    this.refused = refused;
    selector = Selector.open();
    thread.setDaemon(true); // a connect that waits for a daemon to accept must not keep the process
  }

  void start() {
    thread.start();
  }

  /** There may be something to send. */
  void wake() {
    if (idle) {
      selector.wakeup();
    }
  }

  void stop() {
    stopped.countDown();
    selector.wakeup();
  }

  /** What the daemon refused with, or null. */
  String refusal() {
    return refusal;
  }

  private void run() {
    try {
      while (stopped.getCount() > 0) {
        String why = attempt();
        if (stopped.getCount() > 0) {
          trouble.accept("waiting for the daemon at " + settings.socket() + ": " + why);
          pause();
        }
      }
    } catch (Refused e) {
      refusal = e.getMessage();
      refused.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One connection, to its end; says why it ended. */
  private String attempt() throws Refused {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(settings.socket()));
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      serve(channel, key);
      return "stopped";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    } finally {
      dropCancelledKeys();
    }
  }

  private void dropCancelledKeys() {
    try {
      selector.selectNow();
    } catch (IOException e) {
      trouble.accept("the selector fails: " + e.getMessage());
    }
  }

  private void serve(SocketChannel channel, SelectionKey key) throws IOException, Refused {
    answered = false;
    heardNanos = System.nanoTime();
    line.setLength(0);
    long from = backlog.rewind();
    if (!sent) {
      epoch = epochs.getAsLong(); // nobody can have seen this one
    }
    out.clear().put(settings.hello(epoch, from).getBytes(StandardCharsets.UTF_8)).flip();
    while (stopped.getCount() > 0) {
      if (answered && !out.hasRemaining()) {
        out.clear();
        backlog.read(out);
        out.flip();
        sent |= out.hasRemaining();
      }
      boolean progress = channel.write(out) > 0;
      if (out.hasRemaining()) {
        await(key, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
      } else if (!progress) {
        await(key, SelectionKey.OP_READ);
      }
      read(channel);
    }
  }

  private void await(SelectionKey key, int operations) throws IOException {
    key.interestOps(operations);
    idle = true;
    try {
      if (out.hasRemaining() || !answered || !backlog.hasUnsent()) {
        long patience = answered ? SLOW_ACK_MILLIS : SLOW_ANSWER_MILLIS;
        selector.select(patience);
        selector.selectedKeys().clear();
        long silent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heardNanos);
        if (silent >= patience) {
          sayWhatIsAwaited();
        }
      }
    } finally {
      idle = false;
    }
  }

  private void sayWhatIsAwaited() {
    long waiting = backlog.waiting();
    if (!answered) {
      trouble.accept("waiting for the daemon at " + settings.socket() + ": no answer yet");
    } else if (waiting > 0) {
      trouble.accept(
          "waiting for the daemon at "
              + settings.socket()
              + ": "
              + waiting
              + " messages are not acknowledged yet");
    }
  }

  /** Takes what the daemon says. */
  private void read(SocketChannel channel) throws IOException, Refused {
    in.clear();
    int length = channel.read(in);
    if (length < 0) {
      throw new IOException("it closed the connection");
    }
    if (length > 0) {
      heardNanos = System.nanoTime();
    }
    in.flip();
    while (in.hasRemaining()) {
      char next = (char) (in.get() & 0xff);
      if (next != '\n') {
        line.append(next);
        if (line.length() > LONGEST_ANSWER) {
          throw new IOException("it answers what is no line");
        }
      } else {
        String said = line.toString();
        line.setLength(0);
        heard(said);
      }
    }
  }

  private void heard(String said) throws IOException, Refused {
    if (said.startsWith("ERR ")) {
      throw new Refused(said.substring("ERR ".length()));
    }
    if (answered) {
      if (!said.matches("ACK [0-9]{1,18}")
          || !backlog.acknowledge(Long.parseLong(said.substring("ACK ".length())))) {
        throw new IOException("it says what can't be: " + said);
      }
    } else if (!said.equals("OK") && !said.startsWith("OK ")) {
      throw new IOException("it answers what is not understood: " + said);
    } else if (!sent && said.contains(" held=")) {
      throw new IOException("another process has the same epoch; trying the next one");
    } else {
      answered = true;
      failures = 0;
    }
  }

  private void pause() throws InterruptedException {
    long delay = Math.min(LONGEST_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(failures, 10));
    failures++;
    long jittered = delay / 2 + ThreadLocalRandom.current().nextLong(delay / 2 + 1);
    // Ended early by a stop, which the caller sees for itself.
    boolean ignored = stopped.await(jittered, TimeUnit.MILLISECONDS);
  }
}
