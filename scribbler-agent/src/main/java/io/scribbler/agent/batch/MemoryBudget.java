package io.scribbler.agent.batch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bytes of messages that an agent may hold, from a source's buffer to Kinesis's answer. Sources
 * take from it and wait when it is empty; what has been taken changes hands with its message and is
 * given back by whoever lets go of the bytes. Thread-safe; the lock is only for those who wait.
 */
public final class MemoryBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong partial = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile boolean refused; // the last one who asked; any thread

  public MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Takes {@code bytes} unless that would pass the limit. */
  public boolean tryReserve(long bytes) {
    long now = used.get();
    while (now + bytes <= limit) {
      if (used.compareAndSet(now, now + bytes)) {
        refused = false;
        return true;
      }
      now = used.get();
    }
    refused = true;
    return false;
  }

  /**
   * Takes {@code bytes} for a message that has not wholly arrived. Such bytes can't be delivered to
   * make room, so together they may take no more than three eighths: with one message more that
   * passes this limit, and its copy, that still leaves room where messages are up to a quarter.
   */
  public boolean tryReservePartial(long bytes) {
    if (partial.addAndGet(bytes) <= limit / 8 * 3 && tryReserve(bytes)) {
      return true;
    }
    partial.addAndGet(-bytes);
    return false;
  }

  /** As {@link #tryReservePartial}, past the limit if need be. */
  public void forcePartial(long bytes) {
    partial.addAndGet(bytes);
    used.addAndGet(bytes);
  }

  public void releasePartial(long bytes) {
    partial.addAndGet(-bytes);
    release(bytes);
  }

  /**
   * Replaces bytes held by others that stand for the same messages; never waits, may pass the
   * limit.
   */
  public void exchange(long released, long taken) {
    release(released - taken);
  }

  public void release(long bytes) {
    used.addAndGet(-bytes);
    if (bytes > 0 && waiting.get() > 0) {
      lock.lock();
      try {
        released.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits until less is used than now, or the time is over. */
  public void awaitRelease(long millis) throws InterruptedException {
    lock.lock();
    waiting.incrementAndGet();
    try {
      long seen = used.get();
      long remaining = TimeUnit.MILLISECONDS.toNanos(millis);
      while (remaining > 0 && used.get() >= seen) {
        remaining = released.awaitNanos(remaining);
      }
    } finally {
      waiting.decrementAndGet();
      lock.unlock();
    }
  }

  /**
   * Whether the last one who asked got none and much is still taken, so that the next would wait
   * too. Nobody has to ask again for this to end.
   */
  public boolean isShort() {
    return refused && used.get() > limit / 2;
  }

  public long used() {
    return used.get();
  }

  public long limit() {
    return limit;
  }
}
