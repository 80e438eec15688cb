package io.scribbler.local;

/** What one shard takes in and gives out each second when the stream throttles. */
final class Pace {
  private static final int READS = 5;
  private static final double READ_BYTES = 2 << 20;

  private final TokenBucket bytes;
  private final TokenBucket records;
  private final TokenBucket reads;
  private final TokenBucket readBytes;

  Pace(LocalOptions options, long nowMillis) {
    bytes = new TokenBucket(options.bytesPerSecond(), nowMillis);
    records = new TokenBucket(options.recordsPerSecond(), nowMillis);
    reads = new TokenBucket(READS, nowMillis);
    readBytes = new TokenBucket(READ_BYTES, nowMillis);
  }

  /** Takes a record in, unless it is too much now. */
  boolean write(int size, long nowMillis) {
    if (!bytes.has(size, nowMillis) || !records.has(1, nowMillis)) {
      return false;
    }
    bytes.take(size);
    records.take(1);
    return true;
  }

  /** Begins a read, unless it is too much now. */
  boolean read(long nowMillis) {
    if (!reads.has(1, nowMillis) || !readBytes.has(0, nowMillis)) {
      return false;
    }
    reads.take(1);
    return true;
  }

  /** Counts what a read gave out. */
  void gave(int size) {
    readBytes.take(size);
  }
}
