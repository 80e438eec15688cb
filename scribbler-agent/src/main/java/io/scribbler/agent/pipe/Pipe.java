package io.scribbler.agent.pipe;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Standard input into the daemon's socket. What is not acknowledged is kept, and sent again when
 * the connection was lost. {@link #run} is called once; {@link #stop} by any thread.
 */
public final class Pipe {
  /** All is acknowledged. */
  public static final int OK = 0;

  /** Something is not, or was dropped. */
  public static final int FAILED = 1;

  /** The daemon refused. */
  public static final int REFUSED = 2;

  private final PipeSettings settings;
  private final Consumer<String> say;
  private final Backlog backlog;
  private final Link link;
  private final Input input;
  private final OnceAMinute waiting = new OnceAMinute();
  private final OnceAMinute dropping = new OnceAMinute();
  private final CompletableFuture<Optional<String>> inputEnd = new CompletableFuture<>();

  private long droppedSaid; // owned by the input's thread

  // Guarded by this.
  private int result = -1; // not known yet

  /**
   * @param epochs gives a new epoch at each call
   * @param say is given lines for the operator
   * @throws IOException if the system lacks what a connection takes
   */
  public Pipe(PipeSettings settings, InputStream in, LongSupplier epochs, Consumer<String> say)
      throws IOException {
    this.settings = settings;
    this.say = say;
    long timeout =
        settings.timeout().map(Duration::toNanos).orElse(settings.drop() ? 0 : Backlog.FOREVER);
    backlog =
        new Backlog(
            new Ring(settings.buffer(), settings.longestWhole()),
            settings.drop(),
            timeout,
            System::nanoTime,
            this::wake);
    link = new Link(settings, backlog, epochs, text -> waiting.say(say, text), this::refused);
    input = new Input(in, settings.framing(), backlog, this::added);
  }

  /** Says things at most once a minute. Thread-safe. */
  private static final class OnceAMinute {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private boolean said;
    private long saidNanos;

    synchronized void say(Consumer<String> to, String text) {
      long now = System.nanoTime();
      if (!said || now - saidNanos >= MINUTE) {
        said = true;
        saidNanos = now;
        to.accept(text);
      }
    }
  }

  /** Reads to the end, waits for the acknowledgements, and returns the exit code. */
  public int run() throws InterruptedException {
    link.start();
    Thread reader = new Thread(this::read, "stdin");
    reader.setDaemon(true); // a read that nothing interrupts must not keep the process
    reader.start();
    Optional<String> wrong = inputEnd.join();
    wrong.ifPresent(say);
    long limit =
        settings
            .timeout()
            .filter(timeout -> !timeout.isZero())
            .map(Duration::toNanos)
            .orElse(Backlog.FOREVER);
    boolean all = backlog.awaitEmpty(limit, true);
    return result(all && wrong.isEmpty());
  }

  private void read() {
    String wrong = null;
    try {
      Input.End end = input.readAll();
      if (end == Input.End.CUT) {
        wrong = "standard input ended inside a message, which is not sent";
      } else if (end == Input.End.TIMED_OUT) {
        wrong = "gave up: the buffer is full, and nothing was acknowledged for the timeout";
        backlog.breakOff();
      }
    } catch (IOException e) {
      wrong = "standard input: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      wrong = "interrupted";
    }
    inputEnd.complete(Optional.ofNullable(wrong));
  }

  private void refused() {
    backlog.breakOff();
    inputEnd.complete(Optional.empty());
  }

  /**
   * Reads nothing more and waits for the acknowledgements of what was read.
   *
   * @return the exit code
   */
  public int stop(Duration within) throws InterruptedException {
    backlog.close();
    return result(backlog.awaitEmpty(within.toNanos(), false));
  }

  /** The first end counts, and is said once. */
  private synchronized int result(boolean all) {
    if (result >= 0) {
      return result;
    }
    link.stop();
    long left = backlog.waiting();
    long dropped = backlog.dropped();
    if (link.refusal() != null) {
      say.accept("the daemon refused: " + link.refusal());
    }
    if (left > 0) {
      say.accept(messages(left) + " not acknowledged");
    }
    if (dropped > 0) {
      say.accept(messages(dropped) + " dropped");
    }
    if (link.refusal() != null) {
      result = REFUSED;
    } else {
      result = all && dropped == 0 ? OK : FAILED;
    }
    return result;
  }

  private static String messages(long count) {
    return count == 1 ? "1 message was" : count + " messages were";
  }

  private void wake() {
    link.wake();
  }

  private void added() {
    link.wake();
    long dropped = backlog.dropped();
    if (dropped > droppedSaid) {
      droppedSaid = dropped;
      dropping.say(say, "the buffer is full: " + messages(dropped) + " dropped so far");
    }
  }
}
