package io.scribbler.agent.batch;

import java.util.concurrent.ArrayBlockingQueue;

/**
 * Full-sized batch bodies that wait to be used again, so that a busy stream allocates none. At most
 * {@link #MOST}; others are left to the collector. Thread-safe.
 */
final class BodyPool {
  private static final int MOST = 8;

  private final int smallest;
  private final int largest;
  private final ArrayBlockingQueue<BatchBody> bodies = new ArrayBlockingQueue<>(MOST);

  BodyPool(BatchSettings settings) {
    smallest = settings.blockSize() / 2;
    largest = settings.blockSize() * 2;
  }

  /** A cleared body, or null. */
  BatchBody take() {
    return bodies.poll();
  }

  /** Keeps the body if it is worth it; null is passed over. */
  void put(BatchBody body) {
    if (body != null && body.capacity() >= smallest && body.capacity() <= largest) {
      body.clear();
      bodies.offer(body);
    }
  }
}
