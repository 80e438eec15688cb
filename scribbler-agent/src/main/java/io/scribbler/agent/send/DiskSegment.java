package io.scribbler.agent.send;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What the sender knows of one segment: where its records lie, and how many are left. */
final class DiskSegment {
  final int number; // the spool's, counting up in this life
  final boolean left; // by others, or in a life before

  /** What the disk alone has, by topic: messages and bytes. */
  final Map<String, long[]> waiting = new HashMap<>();

  int live; // records that are neither delivered nor given up
  long liveBytes;
  int waitingRecords; // of these, that only the disk has
  long end; // behind the last record that is known
  long firstMillis = Long.MAX_VALUE; // when the oldest message was accepted
  boolean open; // more may come
  private int[] offsets = new int[16]; // by index
  private int[] lengths = new int[16];

  DiskSegment(int number, boolean left) {
    this.number = number;
    this.left = left;
    this.open = true;
  }

  void add(int index, int offset, int length) {
    if (index >= offsets.length) {
      int capacity = Math.max(index + 1, offsets.length * 2);
      offsets = Arrays.copyOf(offsets, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
    }
    offsets[index] = offset;
    lengths[index] = length;
    live++;
    liveBytes += length;
    end = Math.max(end, (long) offset + length);
  }

  void remove(int index) {
    live--;
    liveBytes -= lengths[index];
  }

  int length(int index) {
    return lengths[index];
  }

  Place place(int index) {
    return new Place(this, index, offsets[index], lengths[index]);
  }

  void move(String topic, long messages, long bytes) {
    long[] sum = waiting.computeIfAbsent(topic, t -> new long[2]);
    sum[0] += messages;
    sum[1] += bytes;
    if (sum[0] == 0 && sum[1] == 0) {
      waiting.remove(topic);
    }
  }
}
