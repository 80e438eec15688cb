package io.scribbler.agent.send;

import java.util.List;

/**
 * One PutRecords under way: the records, and the lane that each was taken from.
 *
 * @param bisection the search that it is a part of, or null
 */
record Request(List<SealedRecord> records, List<Lane> lanes, long sentNanos, Bisection bisection) {
  long oldestNanos() {
    long oldest = records.get(0).openedNanos();
    for (SealedRecord record : records) {
      oldest = Math.min(oldest, record.openedNanos());
    }
    return oldest;
  }
}
