package io.scribbler.agent.send;

import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Whether a stream takes what it is sent, and how long to wait if it does not. Written by the
 * sender's thread; {@link #up} may be asked by any.
 */
public final class Delivery {
  private final Backoff shortly;
  private final Backoff patiently;
  private final LongSupplier clock;
  private final Consumer<Failure> told;
  private final Consumer<String> news;
  private volatile boolean up = true;
  private long pausedUntil;
  private int shards; // as last told
  private boolean putFailed; // since the last record that was taken

  /**
   * @param told is called with each failure that stops delivery; says it to people at its own pace
   * @param news is called with a line for the log about what changed
   */
  public Delivery(
      LongSupplier nanoClock,
      RandomGenerator random,
      Consumer<Failure> told,
      Consumer<String> news) {
    this.clock = nanoClock;
    this.told = told;
    this.news = news;
    shortly = new Backoff(100_000_000L, 5_000_000_000L, random);
    patiently = new Backoff(1_000_000_000L, 10_000_000_000L, random);
    pausedUntil = nanoClock.getAsLong();
  }

  boolean up() {
    return up;
  }

  long pausedUntil() {
    return pausedUntil;
  }

  /** A request came to its end. */
  void answered(Outcomes.Applied applied, Failure requestFailure, long nowNanos) {
    if (!applied.delivered().isEmpty()) {
      putFailed = false;
      shortly.succeeded();
      patiently.succeeded();
      if (!up) {
        up = true;
        news.accept("delivery goes on");
      }
    } else if (requestFailure != null) {
      putFailed = true;
      failed(requestFailure);
    } else if (applied.recordFailure() != null && applied.recordFailure().kind() == Kind.HOLD) {
      putFailed = true;
      failed(applied.recordFailure());
    }
  }

  /** A whole request, or the look-up that must come before the first one, failed. */
  void failed(Failure failure) {
    boolean mendable = failure.kind() == Kind.HOLD || failure.kind() == Kind.REFUSED;
    pausedUntil = clock.getAsLong() + (mendable ? patiently : shortly).failed();
    if (failure.kind() != Kind.THROTTLED) {
      up = false;
    }
    told.accept(failure);
  }

  void shardsKnown(int count) {
    if (count != shards) {
      news.accept(shards == 0 ? count + " open shards" : shards + " open shards became " + count);
      shards = count;
    }
    if (!up && !putFailed) {
      up = true;
      pausedUntil = clock.getAsLong();
      news.accept("the stream answers");
    }
  }

  void shardsAssumed(String why) {
    news.accept(
        "the shards can't be listed ("
            + why
            + "); sending without knowing them"
            + (why.startsWith("AccessDenied") ? ": allow kinesis:ListShards" : ""));
  }
}
