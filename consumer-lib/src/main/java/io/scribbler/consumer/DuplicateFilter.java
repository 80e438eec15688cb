package io.scribbler.consumer;

import io.scribbler.record.BlockHeader;

/**
 * Recognises messages whose identity was seen lately in this shard. A message counts as seen for
 * those after it when its turn comes, and for what is stored with a checkpoint when it is done.
 * Thread-safe: the shard's handler threads share it, and a key has one thread.
 */
final class DuplicateFilter {
  private final boolean drops;
  private final ShardCounters counters;
  // Guarded by this.
  private final IdentityWindow seen;
  private final IdentityWindow done;

  DuplicateFilter(boolean drops, int windowBytes, byte[] stored, ShardCounters counters) {
    this.drops = drops;
    this.counters = counters;
    this.seen = new IdentityWindow(windowBytes);
    this.done = new IdentityWindow(windowBytes);
    done.load(stored);
    seen.load(stored);
  }

  /**
   * Counts the duplicates among some messages, and leaves them out if that is wanted.
   *
   * @param selected numbers of messages in the data, changed in place
   * @return how many are left, at the front of {@code selected}
   */
  synchronized int filter(BatchData data, int[] selected, int count) {
    int kept = 0;
    int duplicates = 0;
    int unidentified = 0;
    for (int from = 0; from < count; ) {
      BlockHeader block = data.origin(selected[from]).block();
      int to = runEnd(data, selected, from, count);
      if (!block.identified()) {
        unidentified += to - from;
        kept = keep(selected, from, to, kept);
      } else {
        SequenceIntervals known = seen.of(block);
        long first = data.sequence(selected[from]);
        long last = data.sequence(selected[to - 1]);
        if (known.intersects(first, last)) {
          for (int i = from; i < to; i++) {
            boolean duplicate = known.contains(data.sequence(selected[i]));
            duplicates += duplicate ? 1 : 0;
            if (!duplicate || !drops) {
              selected[kept++] = selected[i];
            }
          }
        } else {
          kept = keep(selected, from, to, kept);
        }
        seen.add(block, first, last);
      }
      from = to;
    }
    counters.duplicates.add(duplicates);
    counters.unidentified.add(unidentified);
    return kept;
  }

  private static int keep(int[] selected, int from, int to, int kept) {
    System.arraycopy(selected, from, selected, kept, to - from);
    return kept + to - from;
  }

  /** Messages are handled or parked. */
  synchronized void done(BatchData data, int[] selected, int count) {
    for (int from = 0; from < count; ) {
      BlockHeader block = data.origin(selected[from]).block();
      int to = runEnd(data, selected, from, count);
      if (block.identified()) {
        done.add(block, data.sequence(selected[from]), data.sequence(selected[to - 1]));
      }
      from = to;
    }
  }

  /** Messages that follow each other in one block, without a gap. */
  private static int runEnd(BatchData data, int[] selected, int from, int count) {
    int to = from + 1;
    while (to < count
        && data.sameOrigin(selected[to - 1], selected[to])
        && data.sequence(selected[to]) == data.sequence(selected[to - 1]) + 1) {
      to++;
    }
    return to;
  }

  /** What to store with a checkpoint. */
  synchronized byte[] store(int most) {
    return done.store(most);
  }
}
