package io.scribbler.local;

import io.netty.channel.ChannelFuture;

/**
 * Counts the bytes of answers that clients have yet to take, so that those who don't read can't
 * make them pile up. Owned by the loop thread.
 */
final class AnswerMemory {
  private final long most;
  private long held;

  AnswerMemory(long most) {
    this.most = most;
  }

  /** Whether no large answer may be begun now. */
  boolean isFull() {
    return held >= most;
  }

  /** Counts an answer until it is sent. */
  void hold(int bytes, ChannelFuture sent) {
    held += bytes;
    sent.addListener(done -> held -= bytes);
  }
}
