package io.scribbler.consumer;

import io.scribbler.consumer.engine.ByteBudget;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * What one shard holds of the memory for decoded messages. A shard that holds some waits when it
 * would pass its share, so that one whose handler is stuck leaves the others theirs. Thread-safe.
 */
final class ShardMemory {
  private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(100).toNanos();
  private static final long KEPT_BYTES = 8L << 20;

  private final ConsumerCore core;
  // Guarded by this.
  private long held;
  private boolean closed;
  private BatchData spare;

  ShardMemory(ConsumerCore core) {
    this.core = core;
  }

  /** Whether half of the share is free. */
  synchronized boolean hasRoom() {
    return held <= core.decodedShare() / 2;
  }

  boolean tryReserve(long bytes) {
    synchronized (this) {
      if (closed || passesShare(bytes)) {
        return false;
      }
    }
    return core.decoded().tryReserve(bytes) && add(bytes);
  }

  /** Waits for bytes; false when it gave up. By the shard's reading thread. */
  boolean reserve(long bytes, BooleanSupplier giveUp) throws InterruptedException {
    synchronized (this) {
      while (passesShare(bytes)) {
        if (giveUp.getAsBoolean()) {
          return false;
        }
        core.time().waitOn(this, LOOK_AGAIN_NANOS);
      }
    }
    ByteBudget budget = core.decoded();
    return budget.reserve(bytes, giveUp) && add(bytes);
  }

  private boolean passesShare(long bytes) {
    return held > 0 && held + bytes > core.decodedShare();
  }

  private synchronized boolean add(long bytes) {
    if (closed) {
      core.decoded().release(bytes); // the shard has ended meanwhile
      return false;
    }
    held += bytes;
    return true;
  }

  /** Gives back what a batch that is done has held, and keeps its arrays for the next. */
  synchronized void free(Batch batch) {
    if (batch.reserved > 0 && !closed) {
      held -= batch.reserved;
      core.decoded().release(batch.reserved);
      notifyAll();
    }
    if (batch.data != null) {
      batch.data.clear();
      if (batch.data.capacity() <= KEPT_BYTES) {
        spare = batch.data;
      }
    }
  }

  /** Counts bytes that are taken already; the limit may be passed by them. */
  synchronized void charge(long bytes) {
    if (!closed) {
      core.decoded().adjust(0, bytes);
      held += bytes;
    }
  }

  /** Lets go of what is kept for the next batch. */
  synchronized void trim() {
    spare = null;
  }

  /** Arrays for a batch. */
  synchronized BatchData emptyData(String stream, String shardId) {
    BatchData data = spare != null ? spare : new BatchData(stream, shardId);
    spare = null;
    return data;
  }

  /** Gives back everything, once no handler of the shard uses it; nothing is taken after that. */
  synchronized void close() {
    if (held > 0) {
      core.decoded().release(held);
      held = 0;
    }
    closed = true;
    spare = null;
    notifyAll();
  }

  /** Looks again whether to give up. */
  synchronized void wake() {
    notifyAll();
  }
}
