package io.scribbler.consumer.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.BooleanSupplier;

/**
 * A number of bytes that many threads share. Whoever gets none waits, and is not passed by those
 * that come later. When nothing at all is taken one request passes whatever its size, so that
 * nothing is too large to go on. If nothing is given back for a second the first that waits passes
 * too, as long as the limit is not exceeded yet: otherwise a holder that is stuck for good could
 * keep a large request, and all behind it, waiting for good. So at most the limit and one request
 * are taken, besides what {@link #adjust} adds. Any thread.
 */
public final class ByteBudget {
  private static final long LOOK_AGAIN_MILLIS = 100;
  private static final long STUCK_NANOS = Duration.ofSeconds(1).toNanos();

  private final long limit;
  // Guarded by this.
  private final Queue<Object> waiting = new ArrayDeque<>();
  private long movedNanos;
  private long used;
  private long most;
  private boolean closed;

  /** A budget of so many bytes, at least one. */
  public ByteBudget(long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("a budget of " + limit + " bytes");
    }
    this.limit = limit;
  }

  /** The bytes that may be taken at once. */
  public long limit() {
    return limit;
  }

  /** The bytes that are taken now. */
  public synchronized long used() {
    return used;
  }

  /** The most bytes that were taken at once. */
  public synchronized long most() {
    return most;
  }

  /** Takes bytes if there are so many and nobody waits for some, without waiting. */
  public boolean tryReserve(long bytes) {
    return tryReserve(bytes, limit);
  }

  /** The same, but only if at most so many bytes of the limit are taken then. */
  public synchronized boolean tryReserve(long bytes, long most) {
    if (!closed && !(waiting.isEmpty() && fits(bytes, most))) {
      return false;
    }
    take(bytes);
    return true;
  }

  /**
   * Takes bytes, waiting until there are so many or the budget is closed.
   *
   * @param giveUp asked ten times a second whether to wait no longer; no lock is held meanwhile
   * @return whether the bytes were taken
   */
  public boolean reserve(long bytes, BooleanSupplier giveUp) throws InterruptedException {
    Object ticket = new Object();
    synchronized (this) {
      if (tryReserve(bytes)) {
        return true;
      }
      if (waiting.isEmpty()) {
        movedNanos = System.nanoTime();
      }
      waiting.add(ticket);
    }
    try {
      while (true) {
        synchronized (this) {
          if (isTurnOf(ticket, bytes)) {
            take(bytes);
            return true;
          }
        }
        if (giveUp.getAsBoolean()) {
          return false;
        }
        synchronized (this) {
          if (!isTurnOf(ticket, bytes)) {
            wait(LOOK_AGAIN_MILLIS);
          }
        }
      }
    } finally {
      leave(ticket);
    }
  }

  private boolean isTurnOf(Object ticket, long bytes) {
    boolean stuck = used <= limit && System.nanoTime() - movedNanos > STUCK_NANOS;
    return closed || (waiting.peek() == ticket && (fits(bytes, limit) || stuck));
  }

  private synchronized void leave(Object ticket) {
    waiting.remove(ticket);
    moved();
  }

  private boolean fits(long bytes, long most) {
    return used == 0 || used + bytes <= most;
  }

  /**
   * Makes a reservation larger or smaller, once it is known what it should have been; never waits,
   * so the limit may be passed by what an answer was larger than expected.
   */
  public synchronized void adjust(long reserved, long actual) {
    used -= reserved;
    take(actual);
    moved();
  }

  /** Gives bytes back. */
  public synchronized void release(long bytes) {
    used -= bytes;
    if (used < 0) {
      throw new IllegalStateException("more bytes given back than were taken: " + -used);
    }
    moved();
  }

  /** Lets everybody pass from now on: nobody should wait in a stop. */
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  private void take(long bytes) {
    used += bytes;
    most = Math.max(most, used);
  }

  private void moved() {
    movedNanos = System.nanoTime();
    notifyAll();
  }
}
