package io.scribbler.agent.send;

import io.scribbler.agent.batch.EncodedBlock;
import io.scribbler.agent.shard.HashKey;
import io.scribbler.agent.shard.LaneMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/**
 * The lanes of one stream and what waits in them. Blocks that may go anywhere fill one lane's
 * record after the other, so that records are full on a quiet host too; a lane with a backlog is
 * passed over. Owned by the sender.
 */
final class Lanes {
  private final LaneMap map;
  private final BiConsumer<Lane, SealedRecord> sealed;
  private final List<Lane> lanes = new ArrayList<>();
  private final Map<String, Lane> byHashKey = new HashMap<>();
  private int filling; // the lane that blocks without a lane go to

  /**
   * @param sealed is given each record that is ready, and its lane
   */
  Lanes(
      LaneMap map,
      int recordSize,
      long nowNanos,
      RandomGenerator random,
      BiConsumer<Lane, SealedRecord> sealed) {
    this.map = map;
    this.sealed = sealed;
    for (LaneMap.Lane target : map.lanes()) {
      Lane lane = new Lane(target, recordSize, nowNanos, random, sealed);
      lanes.add(lane);
      byHashKey.put(target.explicitHashKey(), lane);
    }
    filling = random.nextInt(lanes.size());
  }

  LaneMap map() {
    return map;
  }

  List<Lane> all() {
    return lanes;
  }

  /** The lane whose slice holds this hash key. */
  Lane of(String hashKey) {
    Lane lane = byHashKey.get(hashKey);
    return lane != null ? lane : lanes.get(map.laneOf(HashKey.parse(hashKey)));
  }

  /** Puts a block of the firehose format into a record. */
  void add(EncodedBlock block) {
    if (block.laneHashKey() != null) {
      of(block.laneHashKey()).add(block);
      return;
    }
    Lane lane = lanes.get(filling);
    if (lane.full(block.bytes().length)) {
      lane.seal();
    }
    if (!lane.hasOpenRecord()) {
      filling = nextToFill();
      lane = lanes.get(filling);
    }
    lane.add(block);
  }

  private int nextToFill() {
    int best = (filling + 1) % lanes.size();
    for (int i = 0; i < lanes.size(); i++) {
      int candidate = (filling + 1 + i) % lanes.size();
      if (lanes.get(candidate).load() == 0) {
        return candidate;
      }
      if (lanes.get(candidate).load() < lanes.get(best).load()) {
        best = candidate;
      }
    }
    return best;
  }

  /** Takes a record that is whole: a KPL aggregate or a plain message. */
  void addWhole(EncodedBlock block) {
    Lane lane;
    if (block.laneHashKey() == null) {
      filling = nextToFill();
      lane = lanes.get(filling);
    } else {
      lane = of(block.laneHashKey());
    }
    String hashKey =
        block.laneHashKey() == null ? lane.target().explicitHashKey() : block.laneHashKey();
    sealed.accept(
        lane,
        new SealedRecord(
            block.bytes(),
            block.partitionKey(),
            hashKey,
            block.hashedByKey(),
            List.of(block.summary()),
            block.summary().openedNanos()));
  }

  /** Whether nothing waits or is in flight in any lane. */
  boolean idle() {
    for (Lane lane : lanes) {
      if (!lane.idle()) {
        return false;
      }
    }
    return true;
  }

  /** Whether the disk has all that waits in any lane. */
  boolean allOnDisk() {
    for (Lane lane : lanes) {
      if (!lane.allOnDisk()) {
        return false;
      }
    }
    return true;
  }

  /** Seals the records whose oldest message was accepted before {@code since}. */
  long sealOpenedBefore(long since) {
    long next = Long.MAX_VALUE;
    for (Lane lane : lanes) {
      if (lane.hasOpenRecord()) {
        if (lane.openedNanos() - since <= 0) {
          lane.seal();
        } else {
          next =
              next == Long.MAX_VALUE || lane.openedNanos() - next < 0 ? lane.openedNanos() : next;
        }
      }
    }
    return next;
  }

  /** Takes over what waits in the lanes of before a reshard. */
  void adopt(Lanes before) {
    for (Lane old : before.lanes) {
      if (old.hasOpenRecord()) {
        old.seal();
      }
      old.queue.forEach(record -> of(record.laneHashKey()).enqueue(record));
      old.replay.forEach(record -> of(record.laneHashKey()).enqueueReplay(record));
      old.tail.forEach(record -> of(record.laneHashKey()).enqueueBehindDisk(record));
      old.queue.clear();
      old.replay.clear();
      old.tail.clear();
    }
  }
}
