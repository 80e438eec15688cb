package io.scribbler.local;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The records of one shard by position, which counts from 0 and never goes back. Owned by the loop
 * thread.
 */
final class ShardLog {
  private final Retention retention;
  private final SegmentSource source;
  private final List<Segment> segments = new ArrayList<>();
  private long next;
  private long lastArrival;

  /** Makes the segment that a log goes on with. */
  interface SegmentSource {
    /** A segment with room for an entry of this many bytes. */
    Segment create(long first, int entryBytes, Segment previous);

    /** Called before the last segment is forgotten, with the position that comes next. */
    void emptied(long next);
  }

  ShardLog(
      Retention retention, SegmentSource source, List<? extends Segment> recovered, long next) {
    this.retention = retention;
    this.source = source;
    this.next = next;
    for (Segment segment : recovered) {
      segments.add(segment);
      retention.add(this, segment);
      lastArrival = Math.max(lastArrival, segment.lastArrival());
    }
  }

  /** Adds a record and returns its position. */
  long append(long nowMillis, byte[] key, ByteBuffer data) {
    int bytes = Segment.HEADER + key.length + data.remaining();
    Segment last = segments.isEmpty() ? null : segments.get(segments.size() - 1);
    if (last == null || !last.fits(bytes)) {
      last = source.create(next, bytes, last);
      segments.add(last);
      retention.add(this, last);
    }
    long memory = last.memoryBytes();
    long disk = last.diskBytes();
    lastArrival = Math.max(lastArrival, nowMillis);
    last.append(lastArrival, key, data);
    next++;
    retention.grown(last.memoryBytes() - memory, last.diskBytes() - disk);
    retention.enforce(last);
    return next - 1;
  }

  /** The oldest position that is still there, or {@link #next} when none is. */
  long first() {
    return segments.isEmpty() ? next : segments.get(0).first();
  }

  /** The position that the next record will have. */
  long next() {
    return next;
  }

  Segment.Entry get(long position) {
    return segment(position).get(position);
  }

  /** Bytes of key and data of a record. */
  int size(long position) {
    return segment(position).size(position);
  }

  long arrival(long position) {
    return segment(position).arrival(position);
  }

  /** The first position whose record arrived at a time or later. */
  long atOrAfter(long millis) {
    long low = first();
    long high = next;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (arrival(middle) < millis) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Forgets segments whose records all arrived before a time. */
  void expire(long beforeMillis) {
    while (!segments.isEmpty() && segments.get(0).lastArrival() < beforeMillis) {
      dropThrough(segments.get(0));
    }
  }

  /** Forgets a segment and all that are older. */
  void dropThrough(Segment segment) {
    int until = segments.indexOf(segment);
    if (until == segments.size() - 1) {
      source.emptied(next);
    }
    for (int i = 0; i <= until; i++) {
      Segment oldest = segments.remove(0);
      retention.removed(oldest);
      oldest.delete();
    }
  }

  void delete() {
    if (!segments.isEmpty()) {
      dropThrough(segments.get(segments.size() - 1));
    }
  }

  void close() {
    segments.forEach(Segment::close);
  }

  private Segment segment(long position) {
    int low = 0;
    int high = segments.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (segments.get(middle).first() <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return segments.get(low);
  }
}
