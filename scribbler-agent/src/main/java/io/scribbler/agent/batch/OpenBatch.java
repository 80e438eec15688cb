package io.scribbler.agent.batch;

/**
 * Messages of one topic, and one lane if they have keys, that wait to be sealed. Guarded by the
 * lock.
 */
final class OpenBatch {
  static final int NO_LANE = -1;

  final TopicBatches topic;
  final int lane; // NO_LANE for messages without a key
  BatchBody body; // null once it is sealed: then it is the sealed batch's
  final long baseTimeMillis;
  final long openedNanos;
  long dataBytes;
  final BatchAck ack;
  boolean sealed;

  OpenBatch(TopicBatches topic, int lane, BatchBody body, long baseTimeMillis, long openedNanos) {
    this.topic = topic;
    this.lane = lane;
    this.body = body;
    this.baseTimeMillis = baseTimeMillis;
    this.openedNanos = openedNanos;
    this.ack = topic.acks.open();
  }
}
