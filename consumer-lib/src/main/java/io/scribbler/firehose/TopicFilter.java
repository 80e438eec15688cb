package io.scribbler.firehose;

import java.util.List;
import java.util.Set;

/** Which topics are shown: those named, or all but the system's, which begin with {@code _}. */
final class TopicFilter {
  private final Set<String> named;

  TopicFilter(List<String> named) {
    this.named = Set.copyOf(named);
  }

  boolean shows(String topic) {
    return named.isEmpty() ? !topic.startsWith("_") : named.contains(topic);
  }
}
