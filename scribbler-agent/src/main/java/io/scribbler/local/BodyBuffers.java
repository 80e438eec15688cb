package io.scribbler.local;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;

/**
 * The memory that requests' bodies are read into: a request waits until there is room for all of
 * its body. Large buffers are used again. Owned by the loop thread.
 */
final class BodyBuffers {
  private static final int LARGE = 256 << 10;
  private static final int MAX_SPARE = 8;

  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private final Queue<byte[]> spare = new ArrayDeque<>();
  private long free;

  BodyBuffers(long bytes) {
    free = bytes;
  }

  /** A buffer of at least this size, or null when there is no room now. */
  byte[] take(int size) {
    byte[] buffer = null;
    for (Iterator<byte[]> i = spare.iterator(); size > LARGE && i.hasNext() && buffer == null; ) {
      byte[] candidate = i.next();
      if (candidate.length >= size && candidate.length / 4 <= size) {
        buffer = candidate;
        i.remove();
      }
    }
    if (buffer == null) {
      while (free < size && !spare.isEmpty()) {
        free += spare.remove().length;
      }
      if (free < size) {
        return null;
      }
      free -= size;
      buffer = new byte[size];
    }
    return buffer;
  }

  /** Runs when there may be room; the one who waits must try again. */
  void await(Runnable retry) {
    waiting.add(retry);
  }

  void give(byte[] buffer) {
    if (buffer.length > LARGE && spare.size() < MAX_SPARE) {
      spare.add(buffer);
    } else {
      free += buffer.length;
    }
    for (int i = waiting.size(); i > 0; i--) {
      waiting.remove().run();
    }
  }
}
