package io.scribbler.consumer;

import io.scribbler.consumer.ConsumerHealth.ShardState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is wrong with a shard's handling, said once a minute and kept to be seen. Thread-safe. */
final class ShardTrouble {
  private static final Logger log = LoggerFactory.getLogger(ShardTrouble.class);
  private static final long SAY_AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

  private final String shard;
  // Guarded by this.
  private final Map<HandlerLane, String> holding = new HashMap<>();
  private boolean said;
  private long saidNanos;
  private String stopped;

  /** Of a shard, as logs name it. */
  ShardTrouble(String shard) {
    this.shard = shard;
  }

  /** A lane tries again after a while. */
  void holds(HandlerLane lane, String reason, Throwable cause, long nowNanos) {
    String line = reason + ": " + oneLine(cause);
    synchronized (this) {
      holding.put(lane, line);
      if (said && nowNanos - saidNanos < SAY_AGAIN_NANOS) {
        return;
      }
      said = true;
      saidNanos = nowNanos;
    }
    log.warn("{}: {}; trying again", shard, line, cause);
  }

  /** A lane is well. */
  void recovered(HandlerLane lane) {
    synchronized (this) {
      if (holding.remove(lane) == null || !holding.isEmpty()) {
        return;
      }
      said = false;
    }
    log.info("{}: goes on", shard);
  }

  /** A lane has ended. */
  synchronized void ended(HandlerLane lane) {
    holding.remove(lane);
  }

  /** Nothing more is done for the shard. */
  void stopped(StopShard reason) {
    Throwable cause = reason.getCause();
    String line = reason.getMessage() + (cause == null ? "" : ": " + oneLine(cause));
    synchronized (this) {
      stopped = line;
    }
    log.error("{}: stopped: {}; mend it and start the consumer again", shard, line, cause);
  }

  synchronized ShardState state() {
    if (stopped != null) {
      return ShardState.STOPPED;
    }
    return holding.isEmpty() ? ShardState.RUNNING : ShardState.HOLDING;
  }

  /** Why it doesn't run; empty when it does. */
  synchronized String reason() {
    return stopped != null ? stopped : holding.values().stream().findFirst().orElse("");
  }

  private static String oneLine(Throwable cause) {
    String text = cause.toString();
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
