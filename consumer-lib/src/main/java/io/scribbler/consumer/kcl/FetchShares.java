package io.scribbler.consumer.kcl;

import io.scribbler.consumer.engine.ByteBudget;

/**
 * How the memory for what is fetched is shared out to the shards: one half to whoever comes first,
 * the other half in equal shares, of which every shard may take its own at any time. So shards
 * whose processors are stuck, each with an answer in hand, never keep the others from reading, and
 * all of them together stay in the limit but for what an answer was larger than was reserved for
 * it. Any thread.
 */
final class FetchShares {
  private final ByteBudget budget;
  // Guarded by this.
  private int shards;

  FetchShares(ByteBudget budget) {
    this.budget = budget;
  }

  /** One shard more is read. */
  synchronized void join() {
    shards++;
  }

  /** A shard that had joined is not read any more, and has given back what it had. */
  synchronized void leave() {
    shards--;
  }

  /**
   * Takes memory for one answer, for a shard that joined and holds none. Never waits.
   *
   * @return the bytes that were taken, at least one: what was wanted, a quarter of the whole at
   *     most, or the shard's own share
   */
  synchronized long reserve(long wanted) {
    long half = budget.limit() / 2;
    long most = Math.max(1, Math.min(wanted, half / 2));
    if (budget.used() + most <= half && budget.tryReserve(most)) {
      return most;
    }
    long own = Math.max(1, Math.min(most, half / Math.max(1, shards)));
    budget.adjust(0, own);
    return own;
  }

  /** What was reserved turns out to be so much. */
  void adjust(long reserved, long actual) {
    budget.adjust(reserved, actual);
  }

  /** Gives bytes back. */
  void release(long bytes) {
    budget.release(bytes);
  }
}
