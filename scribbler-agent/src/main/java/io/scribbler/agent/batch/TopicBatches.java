package io.scribbler.agent.batch;

import io.scribbler.agent.config.Acks;

/**
 * One topic of one identity in one stream: its next sequence and its open batches. Guarded by the
 * accumulator's lock.
 */
final class TopicBatches {
  final TopicAccount account;
  final Identity identity;
  final TopicAcks acks;

  long nextSequence;
  long runStart; // from here on all up to nextSequence were taken, without a gap
  OpenBatch unkeyed; // null while none is open
  OpenBatch[] keyed = new OpenBatch[0]; // by lane; null while none is open
  int lastSize; // of the batch sealed last, what the next one begins with
  int users; // connections of the client whose identity it is; unused for the agent's own
  private Acks weakest; // what anybody asked for of the messages so far; null before the first

  TopicBatches(TopicAccount account, Identity identity, TopicAcks acks) {
    this.account = account;
    this.identity = identity;
    this.acks = acks;
  }

  /** The sequence that the next message gets. */
  long next() {
    long next = nextSequence;
    if (unkeyed != null) {
      next += unkeyed.body.count();
    }
    for (OpenBatch batch : keyed) {
      next += batch == null ? 0 : batch.body.count();
    }
    return next;
  }

  /**
   * Up to which sequence all messages from {@code from} on are held, and acknowledged when they are
   * that safe: batches that nobody awaited at that level count as settled, so they prove nothing,
   * and what came before the run began was never seen here.
   */
  long held(long from, Acks level) {
    boolean unproved = weakest == null || weakest.compareTo(level) < 0 || from < runStart;
    return unproved ? 0 : next();
  }

  /** From now on messages are acknowledged at that level. */
  void acknowledgeAt(Acks level) {
    if (weakest == null || level.compareTo(weakest) < 0) {
      weakest = level;
    }
  }
}
