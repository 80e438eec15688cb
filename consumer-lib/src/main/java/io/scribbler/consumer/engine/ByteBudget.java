package io.scribbler.consumer.engine;

import java.util.function.BooleanSupplier;

/**
 * A number of bytes that many threads share. Whoever gets none waits; when nothing at all is taken,
 * one request passes whatever its size, so that nothing is too large to go on.
 */
public final class ByteBudget {
  private static final long LOOK_AGAIN_MILLIS = 100;

  private final long limit;
  // Guarded by this.
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

  /** Takes bytes if there are so many, without waiting. */
  public synchronized boolean tryReserve(long bytes) {
    if (!closed && used > 0 && used + bytes > limit) {
      return false;
    }
    take(bytes);
    return true;
  }

  /**
   * Takes bytes, waiting until there are so many or the budget is closed.
   *
   * @param giveUp asked ten times a second whether to wait no longer
   * @return whether the bytes were taken
   */
  public synchronized boolean reserve(long bytes, BooleanSupplier giveUp)
      throws InterruptedException {
    while (!tryReserve(bytes)) {
      if (giveUp.getAsBoolean()) {
        return false;
      }
      wait(LOOK_AGAIN_MILLIS);
    }
    return true;
  }

  /**
   * Makes a reservation larger or smaller, once it is known what it should have been; never waits,
   * so the limit may be passed by what an answer was larger than expected.
   */
  public synchronized void adjust(long reserved, long actual) {
    used -= reserved;
    take(actual);
    notifyAll();
  }

  /** Gives bytes back. */
  public synchronized void release(long bytes) {
    used -= bytes;
    if (used < 0) {
      throw new IllegalStateException("more bytes given back than were taken: " + -used);
    }
    notifyAll();
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
}
