package io.scribbler.agent.batch;

/**
 * One topic of one identity in one stream: its next sequence and its open batches. Guarded by the
 * accumulator's lock.
 */
final class TopicBatches {
  final TopicAccount account;
  final Identity identity;
  final TopicAcks acks;

  long nextSequence;
  OpenBatch unkeyed; // null while none is open
  OpenBatch[] keyed = new OpenBatch[0]; // by lane; null while none is open
  int lastSize; // of the batch sealed last, what the next one begins with

  TopicBatches(TopicAccount account, Identity identity, TopicAcks acks) {
    this.account = account;
    this.identity = identity;
    this.acks = acks;
  }
}
