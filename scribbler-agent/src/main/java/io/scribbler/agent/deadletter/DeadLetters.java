package io.scribbler.agent.deadletter;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The file of what can't be delivered: one JSON object a line, in {@code <dir>/<producer>-<UTC
 * date>.jsonl}, made for the user only.
 *
 * <pre>
 * {"time":"2026-11-22T17:03:11.123Z","stream":"firehose","topic":"clicks",
 *  "producer":"pixel-17","epoch":1882346182463713,"sequence":4711,      left out when it has none
 *  "key":"","reason":"too_long","length":1048577,
 *  "data":"the first 64 KiB"}           "data_base64" instead of "data" when they are no UTF-8
 * </pre>
 *
 * <p>A thread of its own writes, so that nobody else waits for that disk. What the disk doesn't
 * take is held and tried again each second, for as long as it takes. Thread-safe.
 */
public final class DeadLetters implements AutoCloseable {
  /** How large all files may grow together unless told otherwise: 1 GiB. */
  public static final long DEFAULT_MAX_BYTES = 1L << 30;

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration LAST = Duration.ofSeconds(5);

  private final Path dir;
  private final Clock clock;
  private final Consumer<String> trouble;
  private final Duration retry;
  private final Duration last;
  private final LetterFile file; // the thread's

  // Guarded by this.
  private final Deque<Waiting> waiting = new ArrayDeque<>(); // the thread alone takes from its head
  private Thread thread; // null until there is something to write
  private boolean closing; // nothing comes any more
  private boolean givenUp; // what is not written by now is lost
  private long stored;

  private record Waiting(Letters letters, Runnable stored, Runnable lost) {}

  /**
   * Dead letters of a producer.
   *
   * @param dir made when the first one comes
   * @param maxBytes how large all files in {@code dir} may grow together; what comes after is held
   *     until some are moved away
   * @param trouble is told, in one line, each time that something could not be written
   */
  public DeadLetters(
      Path dir, String producer, long maxBytes, Clock clock, Consumer<String> trouble) {
    this(dir, producer, maxBytes, clock, trouble, RETRY, LAST);
  }

  DeadLetters(
      Path dir,
      String producer,
      long maxBytes,
      Clock clock,
      Consumer<String> trouble,
      Duration retry,
      Duration last) {
    this.dir = dir;
    this.clock = clock;
    this.trouble = trouble;
    this.retry = retry;
    this.last = last;
    file = new LetterFile(dir, producer, maxBytes);
  }

  /**
   * Stores letters, all or none of them; returns at once.
   *
   * @param whenStored is run when they are on the disk, by a thread of this one's
   * @param whenLost is run instead if they are not when this is closed
   */
  public void add(Letters letters, Runnable whenStored, Runnable whenLost) {
    boolean late;
    synchronized (this) {
      late = givenUp;
      if (!late) {
        waiting.addLast(new Waiting(letters, whenStored, whenLost));
        start();
        notifyAll();
      }
    }
    if (late) {
      whenLost.run();
    }
  }

  private void start() {
    if (thread == null) {
      thread = new Thread(this::run, "dead-letters");
      thread.setDaemon(true); // a hung disk must not keep the process
      thread.start();
    }
  }

  private void run() {
    try {
      for (List<Waiting> all = next(); !all.isEmpty(); all = next()) {
        int done = write(all);
        confirmed(done).forEach(Runnable::run);
        if (done < all.size()) {
          pause();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // given up
    } finally {
      closeFile();
    }
  }

  /** Waits for letters; none when it is over. */
  private synchronized List<Waiting> next() throws InterruptedException {
    while (waiting.isEmpty() && !closing) {
      wait();
    }
    return givenUp ? List.of() : List.copyOf(waiting);
  }

  /** Writes as many as the disk takes, and forces them all at once; returns how many. */
  private int write(List<Waiting> all) {
    int written = 0;
    IOException failure = null;
    Counter letters = new Counter();
    try {
      file.begin(clock.instant());
      for (Waiting each : all) {
        file.append(to -> each.letters.tell(letter -> letters.count(to, letter)));
        letters.keep();
        written++;
      }
    } catch (IOException e) {
      failure = e;
    }
    try {
      file.commit();
    } catch (IOException e) {
      failure = e;
      written = 0;
    }
    if (failure != null) {
      trouble.accept(
          "dead letters can't be written and are held in memory: "
              + dir
              + ": "
              + reason(failure)
              + remedy(failure));
    }
    if (written > 0) {
      synchronized (this) {
        stored += letters.kept;
      }
    }
    return written;
  }

  private static String reason(IOException e) {
    return e.getMessage() == null || e.getMessage().startsWith("/") ? e.toString() : e.getMessage();
  }

  private static String remedy(IOException e) {
    return e instanceof LetterFile.TooLargeException
        ? "; look into them, then move them away or send them again: scribbler spool redrive"
        : "; free or mend the disk";
  }

  private synchronized List<Runnable> confirmed(int count) {
    List<Runnable> told = new ArrayList<>(count);
    for (int i = 0; i < count && !givenUp; i++) {
      told.add(waiting.removeFirst().stored);
    }
    return told;
  }

  private synchronized void pause() throws InterruptedException {
    boolean closingBefore = closing;
    long until = System.nanoTime() + retry.toNanos();
    long left = retry.toNanos();
    while (left > 0 && !givenUp && closing == closingBefore) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = until - System.nanoTime();
    }
  }

  private void closeFile() {
    try {
      file.close();
    } catch (IOException e) {
      trouble.accept("dead letters: a file in " + dir + " was not closed: " + e);
    }
  }

  /** How many letters this process has stored. */
  public synchronized long count() {
    return stored;
  }

  /** The directory of the files. */
  public Path dir() {
    return dir;
  }

  /** Writes what waits, for five seconds at most; what is not on the disk then is lost. */
  @Override
  public void close() {
    Thread writer;
    synchronized (this) {
      closing = true;
      writer = thread;
      notifyAll();
    }
    if (writer != null) {
      await(writer);
    }
    List<Waiting> rest;
    synchronized (this) {
      givenUp = true;
      rest = List.copyOf(waiting);
      waiting.clear();
      notifyAll();
    }
    if (writer != null) {
      writer.interrupt();
    }
    rest.forEach(each -> each.lost.run());
  }

  private void await(Thread writer) {
    try {
      writer.join(last.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the time is over
    }
  }

  /** Counts letters, those that are written in vain left out. */
  private static final class Counter {
    private long told;
    private long kept;

    void count(Letters.Writer to, DeadLetter letter) throws IOException {
      to.write(letter);
      told++;
    }

    void keep() {
      kept = told;
    }
  }
}
