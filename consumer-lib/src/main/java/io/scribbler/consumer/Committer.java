package io.scribbler.consumer;

import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place from which a shard's checkpoints are written, one call at a time. Any thread. */
final class Committer {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);

  private static final long SAY_AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

  private final ShardLease lease;
  private final Function<Position, Instant> upTo;
  private final Time time;
  private final LossListener losses;
  // Held over a write; guards all below.
  private final ReentrantLock lock = new ReentrantLock();
  private Runnable whenEnded;
  private boolean endCommitted;
  private boolean said;
  private long saidNanos;
  private volatile boolean closed;
  private volatile Position committed;
  private volatile long committedNanos;

  /** Hears that another process owns the shard. */
  @FunctionalInterface
  interface LossListener {
    void lost();
  }

  /**
   * A committer.
   *
   * @param upTo up to when everything before a position is done; null: unknown
   */
  Committer(ShardLease lease, Function<Position, Instant> upTo, Time time, LossListener losses) {
    this.lease = lease;
    this.upTo = upTo;
    this.time = time;
    this.losses = losses;
    this.committed = lease.checkpoint().committed();
    this.committedNanos = time.nanoTime();
  }

  /** The last committed position; null: nothing yet. */
  Position committed() {
    return committed;
  }

  /** When it was committed, or the shard was assigned. */
  long committedNanos() {
    return committedNanos;
  }

  void prepare(Position position, byte[] state) {
    locked(
        () -> {
          refuseBefore(position);
          lease.prepare(position, state);
        });
  }

  /** Commits what the handler says. */
  void commit(Position position) {
    write(position, position.isEnd() ? null : upTo.apply(position), new byte[0]);
  }

  private void write(Position position, Instant upTo, byte[] seen) {
    locked(
        () -> {
          refuseBefore(position);
          lease.commit(position, upTo, seen);
          committed = position;
          committedNanos = time.nanoTime();
          said = false;
          if (position.isEnd()) {
            endCommitted = true;
            tellEnd();
          }
        });
  }

  /**
   * Commits what the library found done; trouble is logged and left to the next time.
   *
   * @return whether it is stored
   */
  boolean tryCommit(Position position, Instant upTo, byte[] seen) {
    lock.lock();
    try {
      if (committed != null && position.compareTo(committed) < 0) {
        return true; // another thread was faster, with a later one
      }
      write(position, upTo, seen);
      return true;
    } catch (CheckpointException e) {
      say(e);
      return false;
    } catch (LeaseLostException e) {
      return false; // the listener knows
    } finally {
      lock.unlock();
    }
  }

  /** At once, and then once a minute. Holds the lock. */
  private void say(CheckpointException e) {
    long now = time.nanoTime();
    if (!said || now - saidNanos >= SAY_AGAIN_NANOS) {
      said = true;
      saidNanos = now;
      log.warn(
          "shard {} of {}: the checkpoint could not be stored; trying again: {}",
          lease.shardId(),
          lease.stream(),
          e.getMessage());
    }
  }

  /**
   * Stores the time up to which everything is done, beside what is committed, if that is all of it.
   *
   * @param position what is done; null: nothing was there yet
   * @return whether there is nothing to do or it is stored
   */
  boolean tryProgress(Position position, Instant time) {
    lock.lock();
    try {
      if (Objects.equals(position, committed) && !closed) {
        lease.progress(time);
      }
      return true;
    } catch (CheckpointException e) {
      log.debug("shard {}: the time could not be stored: {}", lease.shardId(), e.getMessage());
      return false;
    } catch (LeaseLostException e) {
      losses.lost();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Tells, once, when {@link Position#END} is committed; at once if it is. */
  void whenEndCommitted(Runnable told) {
    lock.lock();
    try {
      whenEnded = told;
      tellEnd();
    } finally {
      lock.unlock();
    }
  }

  private void tellEnd() {
    if (endCommitted && whenEnded != null) {
      Runnable told = whenEnded;
      whenEnded = null;
      told.run();
    }
  }

  /** Refuses writes from now on; waits for one that is under way, up to the time. */
  void close(long nanos) throws InterruptedException {
    closed = true;
    if (lock.tryLock(Math.max(0, nanos), TimeUnit.NANOSECONDS)) {
      lock.unlock();
    } else {
      log.warn(
          "shard {} of {}: a checkpoint is still being stored; it is left alone",
          lease.shardId(),
          lease.stream());
    }
  }

  private void refuseBefore(Position position) {
    if (committed != null && position.compareTo(committed) < 0) {
      throw new IllegalArgumentException(
          "position " + position + " is before the committed one, " + committed);
    }
  }

  private void locked(Runnable write) {
    lock.lock();
    try {
      if (closed) {
        throw new LeaseLostException(
            "shard " + lease.shardId() + " of " + lease.stream() + " is given back", null);
      }
      write.run();
    } catch (LeaseLostException e) {
      losses.lost();
      throw e;
    } finally {
      lock.unlock();
    }
  }
}
