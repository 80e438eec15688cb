package io.scribbler.consumer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The lanes of a shard and what each has to do. Guarded by its pipeline's monitor. */
final class LaneQueues {
  private final List<HandlerLane> lanes = new ArrayList<>();
  private final Map<HandlerLane, Deque<HandlerLane.Task>> queues = new HashMap<>();
  private final Set<HandlerLane> performing = new HashSet<>();
  private int running;

  void add(HandlerLane lane) {
    lanes.add(lane);
    queues.put(lane, new ArrayDeque<>());
    running++;
  }

  List<HandlerLane> all() {
    return List.copyOf(lanes);
  }

  /** How many of their threads have not ended. */
  int running() {
    return running;
  }

  /** The one that has what there is only one of. */
  private HandlerLane first() {
    return lanes.get(0);
  }

  boolean isFirst(HandlerLane lane) {
    return lane == first();
  }

  /** Something for the first lane, behind what it has. */
  void give(HandlerLane.Task task) {
    queues.get(first()).add(task);
  }

  boolean firstHasNothing() {
    return queues.get(first()).isEmpty();
  }

  /** Divides a batch's messages among the lanes; each part has to be done. */
  void give(Batch batch) {
    for (Map.Entry<HandlerLane, Work> part : Parts.of(batch, lanes).entrySet()) {
      batch.partsLeft++;
      queues.get(part.getKey()).add(new HandlerLane.Deliver(part.getValue()));
    }
  }

  /** What a lane does next, taken from its queue; null: nothing. */
  HandlerLane.Task take(HandlerLane lane) {
    HandlerLane.Task task = queues.get(lane).poll();
    if (task != null) {
      performing.add(lane);
    }
    return task;
  }

  /** What a lane does after what it has in hand; null: nothing. */
  HandlerLane.Task peek(HandlerLane lane) {
    return queues.get(lane).peek();
  }

  /** A lane has done what it had in hand, or has something that was in no queue. */
  void performs(HandlerLane lane, boolean something) {
    if (something) {
      performing.add(lane);
    } else {
      performing.remove(lane);
    }
  }

  void ended(HandlerLane lane) {
    running--;
    performing.remove(lane);
  }

  /** A lane that does something other than wait for time to pass; null: none. */
  HandlerLane busy() {
    for (HandlerLane lane : lanes) {
      if (performing.contains(lane) && !lane.waitsForTime()) {
        return lane;
      }
    }
    return null;
  }

  /** Whether a lane has something in hand. */
  boolean anyPerforms() {
    return !performing.isEmpty();
  }

  /** A lane that has something in hand; null: none. */
  HandlerLane performer() {
    return lanes.stream().filter(performing::contains).findFirst().orElse(null);
  }

  /** Whether a lane that has nothing in hand has something to do. */
  boolean anyCouldBegin() {
    return lanes.stream()
        .anyMatch(lane -> !performing.contains(lane) && !queues.get(lane).isEmpty());
  }
}
