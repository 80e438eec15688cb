package io.scribbler.local;

import java.util.ArrayList;
import java.util.List;

/** One shard: its range, its place in the family, its records. Owned by the loop thread. */
final class Shard {
  private final int index;
  private final Shard parent;
  private final Shard adjacentParent;
  private final HashRange range;
  private final long startMillis;
  private final ShardLog log;
  private final Sequence sequence;
  private final List<Listener> listeners = new ArrayList<>();
  private Pace pace;
  private long closedMillis = -1;

  /** Told when a shard has something new to read. */
  interface Listener {
    void changed();
  }

  Shard(
      int index,
      Shard parent,
      Shard adjacentParent,
      HashRange range,
      long startMillis,
      ShardLog log) {
    this.index = index;
    this.parent = parent;
    this.adjacentParent = adjacentParent;
    this.range = range;
    this.startMillis = startMillis;
    this.log = log;
    this.sequence = new Sequence(startMillis, index);
  }

  static String id(int index) {
    return String.format("shardId-%012d", index);
  }

  String id() {
    return id(index);
  }

  int index() {
    return index;
  }

  /** The shard that was split into this one or merged into it, or null. */
  Shard parent() {
    return parent;
  }

  /** The other shard that was merged into this one, or null. */
  Shard adjacentParent() {
    return adjacentParent;
  }

  HashRange range() {
    return range;
  }

  long startMillis() {
    return startMillis;
  }

  ShardLog log() {
    return log;
  }

  Sequence sequence() {
    return sequence;
  }

  boolean isOpen() {
    return closedMillis < 0;
  }

  /** When the shard was closed, or -1 while it is open. */
  long closedMillis() {
    return closedMillis;
  }

  void close(long nowMillis) {
    closedMillis = nowMillis;
    List.copyOf(listeners).forEach(Listener::changed);
  }

  /** What the shard may take in and give out when the stream throttles. */
  Pace pace(LocalOptions options, long nowMillis) {
    if (pace == null) {
      pace = new Pace(options, nowMillis);
    }
    return pace;
  }

  List<Listener> listeners() {
    return listeners;
  }

  void wrote() {
    for (int i = 0; i < listeners.size(); i++) {
      listeners.get(i).changed();
    }
  }

  boolean isChildOf(Shard other) {
    return parent == other || adjacentParent == other;
  }
}
