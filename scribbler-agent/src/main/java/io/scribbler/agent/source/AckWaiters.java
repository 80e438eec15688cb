package io.scribbler.agent.source;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The connections that wait for batches to become safe. However often that happens, the source is
 * woken once until it has looked, and not at all while none waits. Owned by the source's thread,
 * except {@link #advanced}.
 */
final class AckWaiters {
  private final Set<Connection> waiting = new LinkedHashSet<>();
  private final AtomicBoolean due = new AtomicBoolean();
  private volatile int size;

  /**
   * Batches became safe. Any thread.
   *
   * @return whether the source has to be woken
   */
  boolean advanced() {
    return size > 0 && due.compareAndSet(false, true);
  }

  /**
   * Lets a connection wait that has something pending. What became safe before this call wakes
   * nobody for it, so it has to be looked at once afterwards.
   */
  void add(Connection connection) {
    if (waiting.add(connection)) {
      size = waiting.size();
    }
  }

  void remove(Connection connection) {
    if (waiting.remove(connection)) {
      size = waiting.size();
    }
  }

  /** Acknowledges what is safe, if anything became so since the last call. */
  void acknowledge() {
    if (!due.getAndSet(false)) {
      return;
    }
    for (Iterator<Connection> each = waiting.iterator(); each.hasNext(); ) {
      Connection connection = each.next();
      connection.acknowledge();
      if (!connection.pending()) {
        each.remove();
      }
    }
    size = waiting.size();
  }
}
