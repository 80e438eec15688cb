package io.scribbler.consumer.testkit;

import io.scribbler.consumer.engine.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The time of a {@link TestStream} and of all consumers that read it. It begins at
 * 2026-01-01T00:00:00Z and stands still until a test moves it with {@link #advance}. Retries,
 * checkpoint intervals, handler time-outs, idle calls and retention go by it. Any thread.
 */
public final class TestTime implements Time {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  private record Waiting(Object monitor, long until) {}

  private final Signal signal;
  // Guarded by this.
  private final Map<Thread, Waiting> waiting = new HashMap<>();
  private long nanos;

  TestTime(Signal signal) {
    this.signal = signal;
  }

  /** The moment at which it stands. */
  public synchronized Instant now() {
    return BEGIN.plusNanos(nanos);
  }

  /**
   * Lets time pass, in one leap: whoever waits for a moment in between wakes once, at the new time.
   * So one call ends at most one wait between two attempts. {@link TestStream#settle} waits for
   * what follows.
   *
   * @param duration not negative
   */
  public void advance(Duration duration) {
    long by = duration.toNanos();
    if (by < 0) {
      throw new IllegalArgumentException("time goes forward, not by " + duration);
    }
    List<Object> due;
    synchronized (this) {
      long now = Math.addExact(nanos, by);
      nanos = now;
      due = waiting.values().stream().filter(w -> w.until() <= now).map(Waiting::monitor).toList();
    }
    for (Object monitor : due) {
      synchronized (monitor) {
        monitor.notifyAll();
      }
    }
    signal.raise();
  }

  /**
   * What a handler under test does in place of {@code Thread.sleep}, to be slow: returns when the
   * time was moved by so much.
   *
   * @throws InterruptedException as {@code Thread.sleep}: at the handler's time limit, or when the
   *     lease is lost
   */
  public void sleep(Duration duration) throws InterruptedException {
    long until = saturatedAdd(nanoTime(), duration.toNanos());
    Object own = new Object();
    synchronized (own) {
      for (long left = until - nanoTime(); left > 0; left = until - nanoTime()) {
        waitOn(own, left);
      }
    }
  }

  @Override
  public synchronized long nanoTime() {
    return nanos;
  }

  @Override
  public long currentTimeMillis() {
    return now().toEpochMilli();
  }

  /** Waits for a notification or until the time was moved by so much. */
  @Override
  @SuppressWarnings("WaitNotInLoop") // the caller loops, as the interface says
  public void waitOn(Object monitor, long forNanos) throws InterruptedException {
    if (forNanos <= 0) {
      return;
    }
    // The caller holds the monitor until wait() lets go of it, so no advance() from here on is
    // missed.
    synchronized (this) {
      waiting.put(Thread.currentThread(), new Waiting(monitor, saturatedAdd(nanos, forNanos)));
    }
    signal.raise();
    try {
      monitor.wait();
    } finally {
      synchronized (this) {
        waiting.remove(Thread.currentThread());
      }
    }
  }

  @Override
  public synchronized boolean holds(Thread thread) {
    Waiting now = waiting.get(thread);
    return now != null && now.until() > nanos;
  }

  /** How far it is to the next moment that somebody waits for; empty: nobody does. */
  synchronized OptionalLong toNext() {
    return waiting.values().stream().mapToLong(w -> Math.max(0, w.until() - nanos)).min();
  }

  private static long saturatedAdd(long a, long b) {
    long sum = a + b;
    return b > 0 && sum < a ? Long.MAX_VALUE : sum;
  }
}
