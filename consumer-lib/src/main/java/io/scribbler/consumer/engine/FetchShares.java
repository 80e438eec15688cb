package io.scribbler.consumer.engine;

/**
 * How the memory for what is fetched is shared out to the shards: one half to whoever comes first,
 * the other half in equal shares, of which every shard may take its own at any time. So shards
 * whose processors are stuck, each with an answer in hand, never keep the others from reading, and
 * all of them together stay in the limit but for what an answer was larger than was reserved for
 * it. Any thread.
 */
public final class FetchShares {
  private final ByteBudget budget;
  // Guarded by this.
  private int shards;

  /** Shares out a budget, one of an engine's for all of its shards. */
  public FetchShares(ByteBudget budget) {
    this.budget = budget;
  }

  /** One shard more is read. */
  public synchronized void join() {
    shards++;
  }

  /** A shard that had joined is not read any more, and has given back what it had. */
  public synchronized void leave() {
    shards--;
  }

  /**
   * Takes memory for one answer, for a shard that joined and holds none. Never waits.
   *
   * @return the bytes that were taken, at least one: what was wanted, a quarter of the whole at
   *     most, or the shard's own share
   */
  public synchronized long reserve(long wanted) {
    long half = budget.limit() / 2;
    long most = Math.max(1, Math.min(wanted, half / 2));
    if (budget.tryReserve(most, half)) {
      return most;
    }
    long own = Math.max(1, Math.min(most, half / Math.max(1, shards)));
    budget.adjust(0, own);
    return own;
  }

  /** What was reserved turns out to be so much. */
  public void adjust(long reserved, long actual) {
    budget.adjust(reserved, actual);
  }

  /** Gives bytes back. */
  public void release(long bytes) {
    budget.release(bytes);
  }
}
