package io.scribbler.consumer.file;

import io.scribbler.consumer.engine.ByteBudget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The memory for what an engine's shards fetch. One half of it is for whoever comes first, the
 * other is divided among the shards: so those whose handlers are stuck with what they have fetched
 * never keep another from reading. What is fetched at once is at most the whole, besides what
 * answers are larger than was expected of them, and the one record that each shard may always have.
 * Any thread.
 */
final class FetchMemory {
  private final ByteBudget budget;
  private final AtomicInteger shards = new AtomicInteger();

  FetchMemory(ByteBudget budget) {
    this.budget = budget;
  }

  /** The part of a shard that is read from now on. */
  ShardFetch shard() {
    shards.incrementAndGet();
    return new ShardFetch(this);
  }

  /** A shard is not read any more. */
  void gone() {
    shards.decrementAndGet();
  }

  /** Takes bytes for a read, as many as wanted or else a shard's share; never waits, never none. */
  long take(long wanted) {
    long half = Math.max(1, budget.limit() / 2);
    long most = Math.min(wanted, half);
    long share = Math.max(1, half / Math.max(1, shards.get()));
    if (most > share && budget.tryReserve(most, half)) {
      return most;
    }
    long less = Math.min(most, share);
    budget.adjust(0, less);
    return less;
  }

  void adjust(long reserved, long actual) {
    budget.adjust(reserved, actual);
  }
}
