package io.scribbler.agent.pipe;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What stands between standard input and the socket: the {@link Ring}, and what happens when it is
 * full. Thread-safe: one thread adds, another sends, and any may wait for the end.
 */
final class Backlog {
  /** No time limit. */
  static final long FOREVER = Long.MAX_VALUE;

  private final boolean drop;
  private final long timeoutNanos;
  private final LongSupplier nanoClock;
  private final Runnable wake;

  // Guarded by this.
  private final Ring ring;
  private long acknowledged; // messages, of all connections
  private long thisConnection; // of which so many in this one
  private long dropped;
  private long progressNanos; // when something was last acknowledged
  private boolean full; // since then, without room for what came
  private long fullNanos;
  private boolean closed; // nothing more is to be read
  private boolean busy; // what was read is not wholly added
  private boolean broken; // nothing will be acknowledged any more

  /**
   * @param drop whether to drop the newest message when there was no room for the timeout, instead
   *     of giving up
   * @param timeoutNanos {@link #FOREVER} for none
   * @param nanoClock as {@link System#nanoTime}
   * @param wake is run before adding waits for room: what was added before has to be sent
   */
  Backlog(Ring ring, boolean drop, long timeoutNanos, LongSupplier nanoClock, Runnable wake) {
    this.ring = ring;
    this.drop = drop;
    this.timeoutNanos = timeoutNanos;
    this.nanoClock = nanoClock;
    this.wake = wake;
    progressNanos = nanoClock.getAsLong();
  }

  /** What became of bytes that were given. */
  enum Added {
    /** They are kept. */
    KEPT,
    /** Their message is dropped, from its first byte to its last. */
    DROPPED,
    /** Nothing is taken any more. */
    BROKEN,
    /** They found no room for as long as the timeout says. */
    TIMED_OUT
  }

  /** Adds bytes to the current message; waits for room. */
  synchronized Added add(byte[] source, int offset, int length) throws InterruptedException {
    while (!broken && !ring.fits(length)) {
      long now = nanoClock.getAsLong();
      if (!full) {
        full = true;
        fullNanos = now;
      }
      long since = drop ? fullNanos : Math.max(fullNanos, progressNanos);
      if (passed(since, now, timeoutNanos)) {
        ring.abandon();
        dropped += drop ? 1 : 0;
        return drop ? Added.DROPPED : Added.TIMED_OUT;
      }
      wake.run();
      wait(remainingMillis(since, now, timeoutNanos));
    }
    if (broken) {
      return Added.BROKEN;
    }
    full = false;
    ring.add(source, offset, length);
    return Added.KEPT;
  }

  /** The current message is whole. */
  synchronized void end() {
    ring.end();
  }

  private static boolean passed(long since, long now, long limit) {
    return limit != FOREVER && now - since >= limit;
  }

  /** What to wait at most, in milliseconds; 0 for ever. */
  private static long remainingMillis(long since, long now, long limit) {
    return limit == FOREVER ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(limit - (now - since)));
  }

  /**
   * Bytes were read, and are to be added.
   *
   * @return false if nothing more is taken
   */
  synchronized boolean beginChunk() {
    busy = !closed;
    return busy;
  }

  /** All that was read is added, or nothing more of it will be. */
  synchronized void endChunk() {
    busy = false;
    notifyAll();
  }

  /** Takes nothing more than what has been read. */
  synchronized void close() {
    closed = true;
  }

  /** Takes nothing any more; nothing will be acknowledged either. */
  synchronized void breakOff() {
    closed = true;
    broken = true;
    notifyAll();
  }

  /**
   * Waits until all that was read is acknowledged.
   *
   * @param limitNanos how long at most, {@link #FOREVER} for no limit
   * @param withoutProgress whether each acknowledgement starts the time anew
   * @return whether it is
   */
  synchronized boolean awaitEmpty(long limitNanos, boolean withoutProgress)
      throws InterruptedException {
    long started = nanoClock.getAsLong();
    while (!empty() && !broken) {
      long now = nanoClock.getAsLong();
      long since = withoutProgress ? Math.max(started, progressNanos) : started;
      if (passed(since, now, limitNanos)) {
        break;
      }
      wait(remainingMillis(since, now, limitNanos));
    }
    return empty();
  }

  private boolean empty() {
    return !busy && ring.messages() == 0;
  }

  /**
   * A new connection begins.
   *
   * @return how many messages are acknowledged, so the sequence of the first that it sends
   */
  synchronized long rewind() {
    ring.rewind();
    thisConnection = 0;
    return acknowledged;
  }

  /** Gives the next bytes to send, if there are any. */
  synchronized void read(ByteBuffer out) {
    ring.read(out);
  }

  synchronized boolean hasUnsent() {
    return ring.hasUnsent();
  }

  /**
   * The daemon has the first {@code count} messages of this connection.
   *
   * @return false if so many were not sent: it is wrong
   */
  synchronized boolean acknowledge(long count) {
    long more = count - thisConnection;
    if (more > ring.sent()) {
      return false;
    }
    if (more > 0) {
      ring.acknowledge((int) more);
      thisConnection = count;
      acknowledged += more;
      progressNanos = nanoClock.getAsLong();
      notifyAll();
    }
    return true;
  }

  /** Messages that are whole and not acknowledged. */
  synchronized long waiting() {
    return ring.messages();
  }

  /** Messages that were dropped for want of room. */
  synchronized long dropped() {
    return dropped;
  }
}
