package io.scribbler.consumer;

import java.util.BitSet;

/** The part of a batch that one handler thread has. Owned by that thread. */
final class Work {
  final Batch batch;

  /** Numbers of its messages in the batch's data, the first {@link #count} of them. */
  final int[] selected;

  int count;

  /** Those that were handled out of turn. */
  final BitSet handled = new BitSet();

  /** Whether duplicates were looked for. */
  boolean begun;

  Work(Batch batch, int[] selected, int count) {
    this.batch = batch;
    this.selected = selected;
    this.count = count;
  }

  MessageBatch messages(int from, int to) {
    return new MessageBatch(batch.data, selected, from, to);
  }

  ConsumerMessage message(int i) {
    return new ConsumerMessage(batch.data, selected[i]);
  }

  Position position(int i) {
    return batch.data.position(selected[i]);
  }
}
