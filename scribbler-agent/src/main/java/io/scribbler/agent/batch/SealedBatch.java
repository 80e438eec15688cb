package io.scribbler.agent.batch;

import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.shard.LaneMap;
import java.util.List;

/**
 * A sealed batch on its way through the encoder. Written by the source or sender that seals it,
 * then owned by one encoder thread, then, once {@link #done}, by the sender.
 */
public final class SealedBatch {
  private final OpenBatch batch;
  private BatchBody body; // null once encoded, since the batch may wait long for its turn
  private final int count;
  private final LaneMap lanes; // of the time when it was sealed
  private final int lane; // NO_LANE for a batch that may go to any
  private final long firstSequence;
  private List<EncodedBlock> blocks = List.of();
  private volatile boolean done;

  SealedBatch(OpenBatch batch, LaneMap lanes, int lane, long firstSequence) {
    this.batch = batch;
    this.body = batch.body;
    this.count = body.count();
    batch.body = null;
    this.lanes = lanes;
    this.lane = lane;
    this.firstSequence = firstSequence;
  }

  OpenBatch batch() {
    return batch;
  }

  BatchBody body() {
    return body;
  }

  /** Messages in it, fixed when it was sealed. */
  public int count() {
    return count;
  }

  /** The lanes among which its lane was chosen. */
  public LaneMap lanes() {
    return lanes;
  }

  /** The explicit hash key of the lane that it belongs to, or null if it may go to any. */
  String laneHashKey() {
    return lane == OpenBatch.NO_LANE ? null : lanes.lane(lane).explicitHashKey();
  }

  /** When its oldest message was accepted. */
  public long openedNanos() {
    return batch.openedNanos;
  }

  long firstSequence() {
    return firstSequence;
  }

  void complete(List<EncodedBlock> encoded) {
    body = null;
    blocks = encoded;
    done = true;
  }

  /** Whether the encoder is done with it. */
  public boolean done() {
    return done;
  }

  /** Counts its messages where they are held. */
  void count(Ledger.Tally tally) {
    tally.add(batch.topic.account.name(), count, batch.dataBytes);
  }

  /** What it became; known when done. */
  public List<EncodedBlock> blocks() {
    return blocks;
  }
}
