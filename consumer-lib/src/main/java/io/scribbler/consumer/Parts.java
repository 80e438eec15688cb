package io.scribbler.consumer;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Divides a batch among the lanes of a shard: a key, or an identity without one, has one lane. */
final class Parts {
  private static final int NEIGHBOURS_SHIFT = 6;

  private Parts() {}

  /** The work of each lane that has some. */
  static Map<HandlerLane, Work> of(Batch batch, List<HandlerLane> lanes) {
    BatchData data = batch.data;
    int count = data.count();
    Map<HandlerLane, Work> parts = new LinkedHashMap<>();
    if (lanes.size() == 1) {
      int[] all = new int[count];
      Arrays.setAll(all, i -> i);
      parts.put(lanes.get(0), new Work(batch, all, count));
      return parts;
    }
    int[] laneOf = new int[count];
    int[] sizes = new int[lanes.size()];
    for (int i = 0; i < count; i++) {
      laneOf[i] = lane(data, i, lanes.size());
      sizes[laneOf[i]]++;
    }
    int[][] selected = new int[lanes.size()][];
    Arrays.setAll(selected, lane -> new int[sizes[lane]]);
    int[] filled = new int[lanes.size()];
    for (int i = 0; i < count; i++) {
      int lane = laneOf[i];
      selected[lane][filled[lane]++] = i;
    }
    for (int lane = 0; lane < lanes.size(); lane++) {
      if (sizes[lane] > 0) {
        parts.put(lanes.get(lane), new Work(batch, selected[lane], sizes[lane]));
      }
    }
    return parts;
  }

  private static int lane(BatchData data, int i, int lanes) {
    String key = data.key(i);
    int hash = key.isEmpty() ? withoutKey(data, i) : key.hashCode();
    // Spreads what differs in the low bits only, and keeps neighbours apart from each other's hash.
    return Math.floorMod((hash * 0x9E3779B9) >>> 8, lanes);
  }

  /** The same for a duplicate, and the same for some neighbours. */
  private static int withoutKey(BatchData data, int i) {
    var block = data.origin(i).block();
    long sequence = block.identified() ? data.sequence(i) >>> NEIGHBOURS_SHIFT : i;
    return Long.hashCode(sequence) ^ Long.hashCode(block.epoch());
  }
}
