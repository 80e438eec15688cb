package io.scribbler.local;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Keeps what all shards hold within bounds of memory and disk: the oldest segments go first, as if
 * they had expired. Owned by the loop thread.
 */
final class Retention {
  private final long maxMemory;
  private final long maxDisk;
  private final Queue<Held> oldestFirst = new ArrayDeque<>();
  private long memory;
  private long disk;

  Retention(long maxMemory, long maxDisk) {
    this.maxMemory = maxMemory;
    this.maxDisk = maxDisk;
  }

  private record Held(ShardLog log, Segment segment) {}

  /** The size that a log's next memory segment should have. */
  int segmentSize(int previous) {
    long most = Math.max(64 << 10, Math.min(4 << 20, maxMemory / 32));
    return (int) Math.min(most, Math.max(64 << 10, previous * 2L));
  }

  void add(ShardLog log, Segment segment) {
    oldestFirst.add(new Held(log, segment));
    memory += segment.memoryBytes();
    disk += segment.diskBytes();
  }

  void grown(long memoryBytes, long diskBytes) {
    memory += memoryBytes;
    disk += diskBytes;
  }

  /** Forgets the oldest until everything is within bounds; the segment being written stays. */
  void enforce(Segment written) {
    while ((memory > maxMemory || disk > maxDisk) && !oldestFirst.isEmpty()) {
      if (oldestFirst.peek().segment() == written) {
        return;
      }
      Held oldest = oldestFirst.remove();
      oldest.log().dropThrough(oldest.segment());
    }
  }

  void removed(Segment segment) {
    memory -= segment.memoryBytes();
    disk -= segment.diskBytes();
    oldestFirst.removeIf(held -> held.segment() == segment);
  }
}
