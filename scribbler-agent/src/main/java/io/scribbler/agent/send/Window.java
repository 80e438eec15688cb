package io.scribbler.agent.send;

/**
 * How many requests may be in flight: grows by one for each window of successes, halves with each
 * failure of a whole request (additive increase, multiplicative decrease). Owned by the sender.
 */
final class Window {
  private static final int FIRST = 2;

  private final int most;
  private double size;

  Window(int most) {
    this.most = most;
    this.size = Math.min(FIRST, most);
  }

  int size() {
    return (int) size;
  }

  void succeeded() {
    size = Math.min(most, size + 1 / size);
  }

  void failed() {
    size = Math.max(1, size / 2);
  }
}
