package io.scribbler.consumer;

import java.time.Instant;
import java.util.Objects;

/**
 * Where in a stream a reader starts.
 *
 * @param kind the oldest record, what arrives from now on, or what arrived at a time or later
 * @param time for {@link Kind#TIME} only, not in the future; otherwise null
 */
public record StartPosition(Kind kind, Instant time) {
  /** The kinds of start. */
  public enum Kind {
    OLDEST,
    NEWEST,
    TIME
  }

  /** Refuses a time without {@link Kind#TIME} and the reverse. */
  public StartPosition {
    Objects.requireNonNull(kind, "kind");
    if ((kind == Kind.TIME) != (time != null)) {
      throw new IllegalArgumentException("a start position has a time exactly when it is one");
    }
  }

  /** The oldest record that the stream still has. */
  public static StartPosition oldest() {
    return new StartPosition(Kind.OLDEST, null);
  }

  /** What arrives from now on. */
  public static StartPosition newest() {
    return new StartPosition(Kind.NEWEST, null);
  }

  /** The first record that arrived at the time or later. */
  public static StartPosition at(Instant time) {
    return new StartPosition(Kind.TIME, Objects.requireNonNull(time, "time"));
  }
}
