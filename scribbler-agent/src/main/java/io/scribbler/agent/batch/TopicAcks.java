package io.scribbler.agent.batch;

import io.scribbler.agent.config.Acks;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Up to which batch, in the order of opening, all of one topic's batches are on disk, and in the
 * stream. So one slow batch holds the acknowledgements of all later ones: they are cumulative.
 * Thread-safe; called once a batch, never once a message.
 */
final class TopicAcks {
  private final Runnable advanced;

  // Guarded by this.
  private final Deque<BatchAck> offDisk = new ArrayDeque<>();
  private final Deque<BatchAck> offStream = new ArrayDeque<>();
  private long opened;

  private volatile long onDisk;
  private volatile long inStream;

  /**
   * @param advanced is run when there may be something to acknowledge: on any thread, by a source
   *     under its streams' locks, so it must not wait
   */
  TopicAcks(Runnable advanced) {
    this.advanced = advanced;
  }

  synchronized BatchAck open() {
    BatchAck ack = new BatchAck(this, ++opened);
    offDisk.addLast(ack);
    offStream.addLast(ack);
    return ack;
  }

  /** The number of the batch opened last. */
  synchronized long opened() {
    return opened;
  }

  /** All batches with this number or a lower one are that safe. */
  long safe(Acks level) {
    return switch (level) {
      case NONE, MEMORY -> Long.MAX_VALUE;
      case DISK -> onDisk;
      case STREAM -> inStream;
    };
  }

  /** Whether nothing of the topic is awaited by anybody. */
  synchronized boolean idle() {
    return offDisk.isEmpty() && offStream.isEmpty();
  }

  void advance() {
    boolean moved = false;
    synchronized (this) {
      while (!offDisk.isEmpty() && offDisk.peekFirst().allOnDisk()) {
        onDisk = offDisk.removeFirst().number;
        moved = true;
      }
      while (!offStream.isEmpty() && offStream.peekFirst().allInStream()) {
        inStream = offStream.removeFirst().number;
        moved = true;
      }
    }
    if (moved) {
      advanced.run();
    }
  }
}
