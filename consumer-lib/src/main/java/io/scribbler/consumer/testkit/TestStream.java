package io.scribbler.consumer.testkit;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A stream in memory, for tests of what a consumer does with messages: see the package.
 *
 * <p>Nothing is read but by {@link #settle} (and {@link #deliver}), so what a test put before goes
 * to the handlers in the same batches each time. Time stands still but for {@link
 * TestTime#advance}. Any thread, but a handler must not call {@code settle} or {@code deliver}.
 */
public final class TestStream {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Signal signal = new Signal();
  private final TestTime time = new TestTime(signal);
  private final StoredShards shards;
  private final Map<String, Application> applications = new ConcurrentHashMap<>();
  private final List<TestEngine> engines = new CopyOnWriteArrayList<>();
  private final Reading reading = new Reading(this, applications);
  private final ThreadPoolExecutor reader;
  private volatile Duration retention = Duration.ofHours(24);
  // The next sequence of each topic.
  private final Map<String, Long> sequences = new ConcurrentHashMap<>();

  private TestStream(int shardCount) {
    shards = new StoredShards(shardCount);
    reader =
        new ThreadPoolExecutor(
            1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), TestStream::readingThread);
    reader.allowCoreThreadTimeOut(true);
  }

  private static Thread readingThread(Runnable body) {
    Thread thread = new Thread(body, "scribbler-test-stream");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * An empty stream.
   *
   * @param count open shards that share the hash keys evenly; 1 to 10,000
   */
  public static TestStream withShards(int count) {
    return new TestStream(count);
  }

  /** A process that reads the stream; each consumer needs one of its own. */
  public TestEngine engine() {
    TestEngine engine = new TestEngine(this);
    engines.add(engine);
    return engine;
  }

  /** The time of the stream and its consumers. */
  public TestTime time() {
    return time;
  }

  // ---- what is in it ----

  /** Puts a message without a key; such records go to the open shards in turn. */
  public Position put(String topic, String text) {
    return put(TestRecord.of(topic, text));
  }

  /** Puts a message with a key, into the shard of the key. */
  public Position put(String topic, String key, byte[] data) {
    return put(TestRecord.of(topic, data).key(key));
  }

  /**
   * Puts a record, into the shard that it names, or that of its key, or the next one.
   *
   * @return the position behind it: what is committed when it is done
   * @throws IllegalArgumentException if the shard is not open
   */
  public Position put(TestRecord record) {
    long millis = time.currentTimeMillis();
    String shardId =
        record.shardId().orElseGet(() -> record.key().map(shards::of).orElseGet(shards::next));
    byte[] data = record.bytes(millis, sequence(record));
    StreamRecord stored = shards.put(shardId, record.partitionKey(), data, millis);
    return new Position(stored.sequenceNumber(), count(data));
  }

  private long sequence(TestRecord record) {
    long behind = sequences.merge(record.topic(), (long) record.sequences(), Long::sum);
    return behind - record.sequences();
  }

  private static long count(byte[] data) {
    long count = 0;
    try (RecordReader read = new RecordReader()) {
      read.open(data);
      while (read.nextBlock()) {
        count += read.block().count();
      }
      return count;
    } catch (RecordFormatException e) {
      return count + 1; // what can't be read counts as one
    }
  }

  /** The open shards, by their hash keys. */
  public List<String> openShards() {
    return shards.open();
  }

  /** The open shard of a key. */
  public String shardOf(String key) {
    return shards.of(key);
  }

  /** Splits an open shard in its middle; returns the two that come of it, by their hash keys. */
  public List<String> split(String shardId) {
    return shards.split(shardId, time.currentTimeMillis());
  }

  /** Merges two open shards that are neighbours; returns the one that comes of them. */
  public String merge(String shardId, String other) {
    return shards.merge(shardId, other, time.currentTimeMillis());
  }

  /** How long records are kept, 24 h unless set; older ones are gone when the stream is read. */
  public void retention(Duration kept) {
    retention = kept;
  }

  Duration retention() {
    return retention;
  }

  /**
   * Loses every record that is in the stream now, in the way it happens: the time of the retention
   * passes. What was not handled yet is a gap to the consumers that had begun.
   */
  public void trim() {
    time.advance(retention.plusMillis(1));
    shards.expire(time.currentTimeMillis() - retention.toMillis());
  }

  // ---- what is done with it ----

  /**
   * Waits until everything that was put is handled or parked, or waits: for time to pass (a retry,
   * {@link TestTime#sleep}), for the end of a pause, or for an operator, since its shard has
   * stopped. Time limits that have passed, checkpoints and idle calls that are due count. Usually
   * takes a few milliseconds.
   *
   * @throws IllegalStateException if it takes longer than 10 s of the machine's time; it says what
   *     goes on
   */
  public void settle() {
    settle(PATIENCE);
  }

  /** Like {@link #settle()} with another limit. */
  public void settle(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    do {
      awaitRest(deadline);
    } while (round(deadline));
  }

  /**
   * Hands over what there is and returns while it is being handled: for handlers that wait for
   * something the test does next.
   */
  public void deliver() {
    boolean some = round(System.nanoTime() + PATIENCE.toNanos());
    if (some) {
      signal.raise();
    }
  }

  private void awaitRest(long deadline) {
    try {
      for (long seen = signal.raised(); ; seen = signal.raised()) {
        List<String> underWay = underWay();
        if (underWay.isEmpty()) {
          return;
        }
        if (System.nanoTime() - deadline >= 0) {
          throw stuck(underWay);
        }
        signal.await(seen, deadline);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private List<String> underWay() {
    return engines.stream().flatMap(engine -> engine.underWay().stream()).toList();
  }

  private boolean round(long deadline) {
    Future<Boolean> round = reader.submit(reading::round);
    try {
      return round.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      List<String> underWay = underWay();
      throw stuck(
          underWay.isEmpty()
              ? List.of("a shard waits for the memory of messages that wait for time")
              : underWay);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the stream can't be read: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IllegalStateException stuck(List<String> underWay) {
    return new IllegalStateException(
        "not settled in time; what goes on: " + String.join("; ", underWay));
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while the stream settles", e);
  }

  // ---- for its engines ----

  StoredShards shards() {
    return shards;
  }

  Application application(String name) {
    return applications.computeIfAbsent(name, n -> new Application());
  }

  Signal signal() {
    return signal;
  }
}
