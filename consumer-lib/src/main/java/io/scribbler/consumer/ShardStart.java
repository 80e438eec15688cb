package io.scribbler.consumer;

import io.scribbler.consumer.engine.ShardLease;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the stored position in what the engine gives: passes over what is done, and notices when
 * the stream no longer has what comes after it. Owned by the shard's reading thread; {@link
 * #reached} by any.
 */
final class ShardStart {
  /** The whole record is done. */
  static final long PASS = Long.MAX_VALUE;

  private static final Logger log = LoggerFactory.getLogger(ShardStart.class);

  private final ShardLease lease;
  private final GapPolicy gaps;
  private final ConsumerCore core;
  private final ShardCounters counters;
  private volatile Position sought;
  private boolean begun;

  ShardStart(ShardLease lease, GapPolicy gaps, ConsumerCore core, ShardCounters counters) {
    this.lease = lease;
    this.gaps = gaps;
    this.core = core;
    this.counters = counters;
    this.sought = lease.checkpoint().committed();
  }

  /** Whether the stored position was found, or there is none. */
  boolean reached() {
    return sought == null;
  }

  /**
   * How many messages of a record are done.
   *
   * @return 0 for what comes after the position, {@link #PASS} for what is before it
   * @throws StopShard if what comes after the position is gone, and that isn't to be passed over
   */
  long messagesDone(StreamRecord record) throws StopShard {
    Position position = sought;
    if (position == null) {
      if (!begun && lease.checkpoint().upTo() != null) {
        gap(null, record);
      }
      begun = true;
      return 0;
    }
    begun = true;
    int order =
        position.isEnd()
            ? -1
            : Position.compareSequenceNumbers(record.sequenceNumber(), position.sequenceNumber());
    if (order < 0) {
      return PASS;
    }
    sought = null;
    if (order == 0) {
      return position.messages();
    }
    gap(position, record);
    return 0;
  }

  /**
   * The record of the position is gone, or there never was one; whether others went that were not
   * handled is a matter of time.
   */
  private void gap(Position position, StreamRecord oldest) throws StopShard {
    Duration retention = core.retention(lease.stream());
    Instant upTo = lease.checkpoint().upTo();
    Instant horizon = core.now().minus(retention);
    if (upTo != null && upTo.isAfter(horizon)) {
      return; // what came after the position is younger than what the stream lets go of
    }
    String what =
        (position == null
                ? "the stream no longer has all that came after " + upTo
                : "the stream no longer has position " + position)
            + ", its oldest record is "
            + oldest.sequenceNumber()
            + " of "
            + Instant.ofEpochMilli(oldest.arrivalMillis())
            + (upTo == null ? "" : ", everything up to " + upTo + " was handled");
    if (gaps == GapPolicy.STOP) {
      throw new StopShard(
          what
              + "; reset the checkpoint, or choose to continue over gaps, and messages are missing",
          null);
    }
    counters.gaps.increment();
    log.error(
        "shard {} of {}: {}; going on from there, messages are missing",
        lease.shardId(),
        lease.stream(),
        what);
  }
}
