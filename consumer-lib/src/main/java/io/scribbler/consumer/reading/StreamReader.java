package io.scribbler.consumer.reading;

import io.scribbler.consumer.StreamException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * Reads all shards of a stream, without leases, each in order and parents before children.
 *
 * <p>One thread, the coordinator ({@link ShardFollower}), knows which shards there are. The workers
 * take the shard that is due, read it once, hand what came to the {@link RecordHandler} and put the
 * shard back with its next due time: so a shard has one thread at a time, and no more responses are
 * in memory than there are workers.
 *
 * <p>A missing stream, missing credentials, throttling and network trouble are waited out, each
 * said once a minute in the log (see {@link ReaderSettings#failFast}). A stream that is deleted and
 * made anew is read from its first record.
 *
 * <p>All methods may be called by any thread.
 */
public final class StreamReader implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StreamReader.class);
  private static final long POLL_MILLIS = 100;
  private static final long CLOSE_MILLIS = 5_000;
  private static final long NOT_READY_NANOS = Duration.ofMillis(20).toNanos();

  private final ReaderSettings settings;
  private final KinesisShards shards;
  private final RecordHandler handler;
  private final RecordHandler hand = new Handing();
  private final TroubleLog troubles;
  private final ShardFollower follower;
  private final DelayQueue<ShardCursor> due = new DelayQueue<>();
  private final Map<String, ShardCursor> active = new ConcurrentHashMap<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Thread coordinator;
  // Owned by the coordinator's thread; read by close() after that thread ended.
  private final List<Thread> workers = new ArrayList<>();
  private volatile boolean stopped;

  private StreamReader(KinesisClient client, ReaderSettings settings, RecordHandler handler) {
    this.settings = settings;
    this.shards = new KinesisShards(client, settings.stream());
    this.handler = handler;
    this.troubles = new TroubleLog(settings.stream().name(), System::nanoTime);
    this.follower = new ShardFollower(this, shards, settings, handler);
    this.coordinator = thread("reader-shards", this::coordinate);
  }

  /**
   * Starts to read. The client stays the caller's, who closes it after the reader.
   *
   * @param client should not retry by itself: the reader does, without holding a thread meanwhile
   */
  public static StreamReader start(
      KinesisClient client, ReaderSettings settings, RecordHandler handler) {
    StreamReader reader = new StreamReader(client, settings, handler);
    reader.coordinator.start();
    return reader;
  }

  /**
   * Waits until there is nothing more to read, or the reader failed or was closed.
   *
   * @return whether that is so, or else the time is over
   * @throws StreamException if the stream can't be read as configured
   */
  public boolean awaitEnd(Duration time) throws InterruptedException {
    boolean over = ended.await(time.toNanos(), TimeUnit.NANOSECONDS);
    Throwable cause = failure.get();
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return over;
  }

  /** Whether every shard was at its tip and gave nothing for at least this long. */
  public boolean idleFor(Duration time) {
    return !active.isEmpty()
        && active.values().stream().allMatch(c -> c.quietNanos() >= time.toNanos());
  }

  /** How far the shard that is furthest behind its tip is, milliseconds; -1 when unknown. */
  public long millisBehind() {
    return active.values().stream().mapToLong(ShardCursor::millisBehind).max().orElse(-1);
  }

  /** How many shards are being read. */
  public int shardCount() {
    return active.size();
  }

  /**
   * Ends the reading: no batch is handed over afterwards, and those being handled are waited for
   * (up to five seconds). Not to be called by the handler.
   */
  @Override
  public void close() {
    stop();
    try {
      coordinator.join(CLOSE_MILLIS);
      if (!coordinator.isAlive()) {
        for (Thread worker : workers) {
          worker.join(CLOSE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isStopped() {
    return stopped;
  }

  /** Whether the shard is being read by this cursor. */
  boolean isActive(ShardCursor cursor) {
    return active.get(cursor.shardId()) == cursor;
  }

  /** Waits, but not longer than until the reader stops. */
  void pause(long nanos) throws InterruptedException {
    if (ended.await(nanos, TimeUnit.NANOSECONDS)) {
      log.debug("stopped while waiting");
    }
  }

  /** A shard to read from now on. By the coordinator. */
  void add(ShardCursor cursor) {
    active.put(cursor.shardId(), cursor);
    due.add(cursor);
    if (workers.size() < Math.min(settings.threads(), active.size())) {
      Thread worker = thread("reader-" + workers.size(), this::work);
      workers.add(worker);
      worker.start();
    }
  }

  /** A shard that was read to its end. By the coordinator, after it added what came of it. */
  void remove(ShardCursor cursor) {
    active.remove(cursor.shardId(), cursor);
  }

  /** Forgets all shards, since the stream is gone. By the coordinator. */
  void removeAll() {
    due.clear();
    active.clear();
  }

  /** Puts a shard back, to be read when it is due. */
  void again(ShardCursor cursor) {
    if (isActive(cursor)) {
      due.add(cursor);
    }
  }

  /**
   * What to do about trouble with a call: says it, or throws when it must not be waited out.
   *
   * @throws StreamException if the trouble ends the reading
   */
  ReadTrouble trouble(SdkException e) {
    ReadTrouble trouble = ReadTrouble.of(e);
    if (trouble == ReadTrouble.INVALID || (settings.failFast() && trouble.needsOperator())) {
      throw new StreamException(
          String.format(
              "stream %s: %s (%s)",
              settings.stream().name(), trouble.advice(), ReadTrouble.oneLine(e)),
          e);
    }
    if (trouble == ReadTrouble.EXPIRED_ITERATOR || trouble == ReadTrouble.THROTTLED) {
      log.debug("{}", ReadTrouble.oneLine(e));
    } else {
      troubles.say(trouble, e);
    }
    return trouble;
  }

  private void coordinate() {
    try {
      follower.run();
      stop();
    } catch (InterruptedException e) {
      interrupted(e);
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void work() {
    try {
      while (!stopped) {
        ShardCursor cursor = due.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (cursor != null) {
          read(cursor);
        }
      }
    } catch (InterruptedException e) {
      interrupted(e);
    } catch (Throwable e) {
      fail(e);
    }
  }

  /** Its threads are its own: an interrupt is somebody's mistake, and no way to end the reading. */
  private void interrupted(InterruptedException cause) {
    if (stopped) {
      return;
    }
    fail(
        new StreamException(
            "stream "
                + settings.stream().name()
                + ": a thread that reads it was interrupted; what runs in it must leave no"
                + " interrupt behind",
            cause));
  }

  private void read(ShardCursor cursor) {
    int most = handler.mostRecords(cursor.shardId());
    if (most == 0) {
      cursor.dueIn(NOT_READY_NANOS);
      again(cursor);
      return;
    }
    try {
      switch (readOnce(cursor, most)) {
        case AGAIN -> again(cursor);
        case ENDED -> handler.ended(cursor.shardId(), () -> follower.ended(cursor));
      }
    } catch (SdkException e) {
      ReadTrouble trouble = trouble(e);
      switch (trouble) {
        case EXPIRED_ITERATOR -> {
          cursor.forgetIterator();
          cursor.dueIn(0);
          again(cursor);
        }
        case MISSING -> {
          cursor.forgetIterator();
          follower.missing(cursor);
        }
        default -> {
          cursor.dueIn(cursor.backoff().failed());
          again(cursor);
        }
      }
    }
  }

  private ShardCursor.Outcome readOnce(ShardCursor cursor, int most) {
    try {
      return cursor.read(shards, most, hand);
    } finally {
      handler.wasRead(cursor.shardId());
    }
  }

  /** What the cursors hand to, so that nothing comes after a stop. */
  private final class Handing implements RecordHandler {
    @Override
    public void handle(ShardBatch batch) {
      if (stopped) {
        throw new ReadStopped();
      }
      handler.handle(batch);
    }

    @Override
    public void serviceTime(Instant now) {
      handler.serviceTime(now);
    }

    @Override
    public void idle(String shardId, long millisBehind) {
      if (!stopped) {
        handler.idle(shardId, millisBehind);
      }
    }
  }

  private void fail(Throwable cause) {
    if (!(cause instanceof ReadStopped)) {
      failure.compareAndSet(null, cause);
    }
    stop();
  }

  /** Ends the reading without waiting for it; {@link #close} does. Any thread. */
  public void stop() {
    stopped = true;
    follower.wake();
    ended.countDown();
  }

  private static Thread thread(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Unwinds a worker that has records when the reader was stopped meanwhile. */
  private static final class ReadStopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReadStopped() {
      super("stopped", null, false, false);
    }
  }
}
