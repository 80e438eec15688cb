package io.scribbler.consumer.reading;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which shards of a stream are waiting, being read and done: a shard is ready when each of its
 * parents that the stream still has is done.
 *
 * <p>It must know every shard of the stream, those that are not to be read as done, or else it
 * could take a parent that it never heard of for one that the stream no longer has. So a child with
 * an unknown parent is added only after the shards were listed anew.
 *
 * <p>Owned by one thread, the reader's coordinator.
 */
final class ShardGraph {
  private enum State {
    WAITING,
    READING,
    DONE
  }

  /** A shard that can be read now, and from where. */
  record Ready(String shardId, ShardPosition position) {}

  private static final class Node {
    private final List<String> parents;
    private final ShardPosition position;
    private State state;

    Node(List<String> parents, ShardPosition position, State state) {
      this.parents = parents;
      this.position = position;
      this.state = state;
    }
  }

  private final Map<String, Node> nodes = new HashMap<>();

  boolean knows(String shardId) {
    return nodes.containsKey(shardId);
  }

  /** Adds a shard to be read from a position; one that is known stays as it is. */
  void addWanted(ShardInfo shard, ShardPosition position) {
    nodes.putIfAbsent(shard.id(), new Node(shard.parents(), position, State.WAITING));
  }

  /** Adds a shard that is not to be read. */
  void addSkipped(ShardInfo shard) {
    nodes.putIfAbsent(shard.id(), new Node(shard.parents(), null, State.DONE));
  }

  /** Whether each parent of each shard is known. */
  boolean knowsParentsOf(Collection<ShardInfo> shards) {
    return shards.stream().allMatch(shard -> nodes.keySet().containsAll(shard.parents()));
  }

  /** Takes over a new listing: what is new was made since, and is read from its first record. */
  void listed(List<ShardInfo> shards) {
    shards.forEach(shard -> addWanted(shard, ShardPosition.OLDEST));
    Set<String> there = shards.stream().map(ShardInfo::id).collect(Collectors.toSet());
    nodes.entrySet().removeIf(e -> e.getValue().state == State.DONE && !there.contains(e.getKey()));
  }

  /** The shards that became ready; they count as being read from here on. */
  List<Ready> takeReady() {
    List<Ready> ready = new ArrayList<>();
    nodes.forEach(
        (id, node) -> {
          if (node.state == State.WAITING && node.parents.stream().noneMatch(this::unfinished)) {
            ready.add(new Ready(id, node.position));
          }
        });
    ready.forEach(shard -> nodes.get(shard.shardId()).state = State.READING);
    return ready;
  }

  /** A shard was read to its end. */
  void done(String shardId) {
    nodes.get(shardId).state = State.DONE;
  }

  boolean allDone() {
    return nodes.values().stream().allMatch(node -> node.state == State.DONE);
  }

  private boolean unfinished(String shardId) {
    Node node = nodes.get(shardId);
    return node != null && node.state != State.DONE;
  }
}
