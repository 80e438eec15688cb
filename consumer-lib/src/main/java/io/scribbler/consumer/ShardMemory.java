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
      if (passesShare(bytes)) {
        return false;
      }
    }
    if (!core.decoded().tryReserve(bytes)) {
      return false;
    }
    add(bytes);
    return true;
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
    if (!budget.reserve(bytes, giveUp)) {
      return false;
    }
    add(bytes);
    return true;
  }

  private boolean passesShare(long bytes) {
    return held > 0 && held + bytes > core.decodedShare();
  }

  private synchronized void add(long bytes) {
    held += bytes;
  }

  /** Gives back what a batch that is done has held, and keeps its arrays for the next. */
  synchronized void free(Batch batch) {
    if (batch.reserved > 0) {
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

  /** Arrays for a batch. */
  synchronized BatchData emptyData(String stream, String shardId) {
    BatchData data = spare != null ? spare : new BatchData(stream, shardId);
    spare = null;
    return data;
  }

  /** Gives back everything, once no thread of the shard uses it. */
  synchronized void freeAll() {
    if (held > 0) {
      core.decoded().release(held);
      held = 0;
    }
    spare = null;
  }

  /** Looks again whether to give up. */
  synchronized void wake() {
    notifyAll();
  }
}
