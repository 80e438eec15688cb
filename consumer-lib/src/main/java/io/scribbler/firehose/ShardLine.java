package io.scribbler.firehose;

import io.scribbler.consumer.Position;
import java.time.Duration;
import java.util.Locale;

/**
 * How far an application came in one shard.
 *
 * @param behind how far it is behind the tip; null: unknown, or done
 */
record ShardLine(String shardId, State state, ProgressStore.Stored stored, Duration behind) {
  /** What the application does with the shard. */
  enum State {
    READING,
    /** Everything of it is done, and nothing new comes. */
    FINISHED,
    /** Nothing is committed; perhaps its parents are not done. */
    NOT_BEGUN,
    /** The stream no longer has it, and it was not finished. */
    GONE;

    /** As it is written. */
    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  static ShardLine stored(String shardId, ProgressStore.Stored stored) {
    Position committed = stored.committed();
    State state =
        committed == null ? State.NOT_BEGUN : committed.isEnd() ? State.FINISHED : State.READING;
    return new ShardLine(shardId, state, stored, null);
  }

  ShardLine in(State other) {
    return new ShardLine(shardId, other, stored, behind);
  }

  ShardLine behind(Duration time) {
    return new ShardLine(shardId, state, stored, time);
  }
}
