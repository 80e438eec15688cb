package io.scribbler.consumer;

import java.util.Arrays;

/**
 * A set of sequences as intervals without gaps between them, lowest first; when there are too many
 * the lowest is forgotten. Unsigned numbers. Not thread-safe.
 */
final class SequenceIntervals {
  /** The most intervals. */
  static final int MOST = 64;

  // first of interval i at 2i, last at 2i + 1
  private long[] bounds = new long[4];
  private int size;

  int size() {
    return size;
  }

  long first(int i) {
    return bounds[2 * i];
  }

  long last(int i) {
    return bounds[2 * i + 1];
  }

  boolean contains(long sequence) {
    int i = from(sequence);
    return i < size && Long.compareUnsigned(first(i), sequence) <= 0;
  }

  /** Whether any of these sequences, both ends included, is in it. */
  boolean intersects(long first, long last) {
    int i = from(first);
    return i < size && Long.compareUnsigned(first(i), last) <= 0;
  }

  /** Adds sequences, both ends included. */
  void add(long first, long last) {
    // Intervals that touch what is added become one with it.
    int begin = first == 0 ? 0 : from(first - 1);
    int end = begin;
    long low = first;
    long high = last;
    while (end < size && (last == -1 || Long.compareUnsigned(first(end), last + 1) <= 0)) {
      low = Long.compareUnsigned(first(end), low) < 0 ? first(end) : low;
      high = Long.compareUnsigned(last(end), high) > 0 ? last(end) : high;
      end++;
    }
    replace(begin, end, low, high);
    if (size > MOST) {
      replaceWithNothing(0);
    }
  }

  /** The number of the first interval that ends at the sequence or behind it. */
  private int from(long sequence) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(last(middle), sequence) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void replace(int begin, int end, long first, long last) {
    int grown = size - (end - begin) + 1;
    if (2 * grown > bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * bounds.length);
    }
    System.arraycopy(bounds, 2 * end, bounds, 2 * (begin + 1), 2 * (size - end));
    bounds[2 * begin] = first;
    bounds[2 * begin + 1] = last;
    size = grown;
  }

  private void replaceWithNothing(int i) {
    System.arraycopy(bounds, 2 * (i + 1), bounds, 2 * i, 2 * (size - i - 1));
    size--;
  }
}
