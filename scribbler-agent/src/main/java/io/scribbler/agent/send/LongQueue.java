package io.scribbler.agent.send;

import java.util.Arrays;

/** A queue of numbers without an object for each. One thread's. */
final class LongQueue {
  private long[] ring = new long[16]; // its length is a power of two
  private int first;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void addLast(long number) {
    grow();
    ring[first + size++ & ring.length - 1] = number;
  }

  void addFirst(long number) {
    grow();
    first = first - 1 & ring.length - 1;
    ring[first] = number;
    size++;
  }

  /** The first number; not to be asked of an empty queue. */
  long peekFirst() {
    return ring[first];
  }

  long removeFirst() {
    long number = ring[first];
    first = first + 1 & ring.length - 1;
    size--;
    return number;
  }

  private void grow() {
    if (size < ring.length) {
      return;
    }
    long[] larger = Arrays.copyOfRange(ring, first, first + ring.length * 2);
    System.arraycopy(ring, 0, larger, ring.length - first, first);
    Arrays.fill(larger, ring.length, larger.length, 0);
    ring = larger;
    first = 0;
  }
}
