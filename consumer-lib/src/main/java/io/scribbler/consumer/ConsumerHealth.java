package io.scribbler.consumer;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a consumer is, in one moment.
 *
 * @param state what it does
 * @param shards those that this process owns, by stream and shard
 * @param troubles one line each; empty when all is well
 */
public record ConsumerHealth(State state, List<Shard> shards, List<String> troubles) {
  /** What a consumer does. */
  public enum State {
    /** Made, not started. */
    NEW,
    RUNNING,
    /** Holds its position until it is resumed. */
    PAUSED,
    /** Was closed. */
    CLOSED,
    /** Can't go on; the troubles say why. */
    FAILED
  }

  /** What a shard does. */
  public enum ShardState {
    RUNNING,
    /** The handler fails, or the dead letters can't be stored; it is tried again. */
    HOLDING,
    /** Stopped on a failure or a gap, until the consumer is started again. */
    STOPPED
  }

  /**
   * One shard.
   *
   * @param stream its stream
   * @param shardId the shard
   * @param state what it does
   * @param reason why it doesn't run; empty when it does
   * @param committed what is before it is stored as done; empty: nothing yet
   * @param millisBehind how far what was handled last is behind the tip; -1 when unknown
   * @param handlingFor how long the handler has been busy with the batch at hand; zero when idle
   */
  public record Shard(
      String stream,
      String shardId,
      ShardState state,
      String reason,
      Optional<Position> committed,
      long millisBehind,
      Duration handlingFor) {}

  /** Copies the lists. */
  public ConsumerHealth {
    shards = List.copyOf(shards);
    troubles = List.copyOf(troubles);
  }

  /** Whether it runs and nothing has to be mended. */
  public boolean healthy() {
    return state == State.RUNNING
        && troubles.isEmpty()
        && shards.stream().allMatch(shard -> shard.state() == ShardState.RUNNING);
  }
}
