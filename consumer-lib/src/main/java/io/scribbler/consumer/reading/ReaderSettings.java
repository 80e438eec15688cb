package io.scribbler.consumer.reading;

import io.scribbler.consumer.StartPosition;
import io.scribbler.net.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * What a {@link StreamReader} reads and how fast.
 *
 * @param stream the stream
 * @param from where it starts
 * @param to records that arrived then or later are left out and end the reading; null: none
 * @param readInterval the least time between two reads of a shard, 200 ms by default: the service
 *     allows five reads a second to all readers of a shard
 * @param idleInterval the time between two reads of a shard at its tip, 1 s by default
 * @param threads the most threads that read; each holds up to one response of 10 MiB
 * @param failFast whether a missing stream, missing credentials and denied access end the reading;
 *     otherwise they are waited out and logged once a minute
 */
public record ReaderSettings(
    StreamName stream,
    StartPosition from,
    Instant to,
    Duration readInterval,
    Duration idleInterval,
    int threads,
    boolean failFast) {
  private static final Duration READ_INTERVAL = Duration.ofMillis(200);
  private static final Duration IDLE_INTERVAL = Duration.ofSeconds(1);
  private static final long HEAP_PER_THREAD = 48L << 20;
  private static final int MOST_THREADS = 16;

  /** Refuses intervals and numbers that make no sense. */
  public ReaderSettings {
    Objects.requireNonNull(stream, "stream");
    Objects.requireNonNull(from, "from");
    if (readInterval.isNegative() || idleInterval.compareTo(readInterval) < 0) {
      throw new IllegalArgumentException(
          "intervals: 0 <= read " + readInterval + " <= idle " + idleInterval);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads: at least 1, not " + threads);
    }
  }

  /** The defaults: one thread for each 48 MiB of heap, at most 16. */
  public static ReaderSettings of(StreamName stream, StartPosition from) {
    long threads = Runtime.getRuntime().maxMemory() / HEAP_PER_THREAD;
    return new ReaderSettings(
        stream,
        from,
        null,
        READ_INTERVAL,
        IDLE_INTERVAL,
        (int) Math.max(1, Math.min(MOST_THREADS, threads)),
        false);
  }

  /** The same up to a time. */
  public ReaderSettings withTo(Instant newTo) {
    return new ReaderSettings(stream, from, newTo, readInterval, idleInterval, threads, failFast);
  }

  /** The same with other intervals. */
  public ReaderSettings withIntervals(Duration read, Duration idle) {
    return new ReaderSettings(stream, from, to, read, idle, threads, failFast);
  }

  /** The same with another number of threads. */
  public ReaderSettings withThreads(int newThreads) {
    return new ReaderSettings(stream, from, to, readInterval, idleInterval, newThreads, failFast);
  }

  /** The same with or without fail-fast. */
  public ReaderSettings withFailFast(boolean newFailFast) {
    return new ReaderSettings(stream, from, to, readInterval, idleInterval, threads, newFailFast);
  }
}
