package io.scribbler.consumer.file;

import io.scribbler.consumer.engine.FetchShares;

/**
 * The memory for one shard's reads: taken before each by what the last one brought, made right when
 * the answer is there, and given back when the processor has taken it. Owned by the thread that
 * reads the shard, which the reader's queue passes on.
 */
final class ShardFetch {
  private static final long MOST = 10L << 20; // Kinesis's answers
  private static final long LEAST = 1L << 20;
  private static final int MOST_RECORDS = 10_000;

  private final FetchShares memory;
  private long reserved;
  private long estimate = LEAST;
  private long recordBytes = LEAST;

  ShardFetch(FetchShares memory) {
    this.memory = memory;
  }

  /** Takes memory for a read; returns how many records it should ask for at most, at least one. */
  int begin() {
    reserved = memory.reserve(estimate);
    return (int) Math.max(1, Math.min(MOST_RECORDS, reserved / recordBytes));
  }

  /** What the read brought. */
  void fetched(int records, long bytes) {
    memory.adjust(reserved, bytes);
    reserved = bytes;
    estimate = Math.max(LEAST, Math.min(MOST, 2 * bytes));
    recordBytes = Math.max(1, bytes / records);
  }

  /** The read is over, and nothing of it is held any more. */
  void end() {
    memory.adjust(reserved, 0);
    reserved = 0;
  }
}
