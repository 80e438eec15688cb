package io.scribbler.agent.batch;

import io.scribbler.agent.config.Acks;

/**
 * How safe one batch is, for those who wait to acknowledge its messages. A batch may become several
 * blocks, each of which reaches the disk and the stream once. Guarded by its topic's {@link
 * TopicAcks}.
 */
public final class BatchAck {
  final long number; // counts up in the order of opening
  private final TopicAcks topic;
  private Acks wanted = Acks.NONE;
  private int offDisk = 1; // blocks that are not on disk yet
  private int offStream = 1;

  BatchAck(TopicAcks topic, long number) {
    this.topic = topic;
    this.number = number;
  }

  /** Someone will acknowledge messages of it when they are that safe. */
  void want(Acks level) {
    if (level.compareTo(wanted) > 0) {
      synchronized (topic) {
        wanted = level;
      }
    }
  }

  /** The most that someone waits for. */
  public Acks wanted() {
    synchronized (topic) {
      return wanted;
    }
  }

  /** No message is added any more; what nobody waits for is settled. */
  void sealed() {
    synchronized (topic) {
      if (wanted.compareTo(Acks.DISK) < 0) {
        offDisk = 0;
      }
      if (wanted.compareTo(Acks.STREAM) < 0) {
        offStream = 0;
      }
    }
    topic.advance();
  }

  /** It became this many blocks. */
  void became(int blocks) {
    synchronized (topic) {
      offDisk = offDisk == 0 ? 0 : blocks;
      offStream = offStream == 0 ? 0 : blocks;
    }
  }

  /** One block is on disk; told once for each. */
  public void onDisk() {
    synchronized (topic) {
      offDisk = Math.max(0, offDisk - 1);
    }
    topic.advance();
  }

  /** One block is in the stream, or will never be and is kept; told once for each. */
  public void inStream() {
    synchronized (topic) {
      offStream = Math.max(0, offStream - 1);
    }
    topic.advance();
  }

  boolean allOnDisk() {
    return offDisk == 0;
  }

  boolean allInStream() {
    return offStream == 0;
  }
}
