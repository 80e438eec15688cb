package io.scribbler.consumer;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which topics are wanted; may change while the consumer runs. A topic whose name begins with
 * {@code _} is the system's and is wanted only by name. Any thread.
 */
final class TopicSelection {
  private final boolean all;
  private final Set<String> named = ConcurrentHashMap.newKeySet();
  private final Set<String> disabled = ConcurrentHashMap.newKeySet();

  /** The named topics, or all when none is named. */
  TopicSelection(Collection<String> topics) {
    all = topics.isEmpty();
    named.addAll(topics);
  }

  boolean wants(String topic) {
    if (!disabled.isEmpty() && disabled.contains(topic)) {
      return false;
    }
    return named.contains(topic) || (all && !topic.startsWith("_"));
  }

  void enable(String topic) {
    disabled.remove(topic);
    named.add(topic);
  }

  void disable(String topic) {
    disabled.add(topic);
  }
}
