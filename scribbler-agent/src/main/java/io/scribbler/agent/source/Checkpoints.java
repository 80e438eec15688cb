package io.scribbler.agent.source;

import io.scribbler.agent.batch.Intake;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * What one connection still has to be told: so many messages, once so many batches are safe. At
 * most {@value #MOST} are kept; beyond that the newest takes the place of the one before it, which
 * is then acknowledged later, never earlier. Owned by the source's thread.
 */
final class Checkpoints {
  static final int MOST = 64;

  private final Intake intake;
  private final Deque<Checkpoint> pending = new ArrayDeque<>(2); // oldest first

  private static final class Checkpoint {
    private long taken;
    private final long[] mark;

    Checkpoint(long taken, long[] mark) {
      this.taken = taken;
      this.mark = mark;
    }
  }

  Checkpoints(Intake intake) {
    this.intake = intake;
  }

  /** The connection's first {@code taken} messages are all taken. */
  void add(long taken) {
    long[] mark = new long[intake.width()];
    intake.mark(mark);
    Checkpoint last = pending.peekLast();
    if (last != null && Arrays.equals(last.mark, mark)) {
      last.taken = taken;
      return;
    }
    if (pending.size() == MOST) {
      pending.removeLast();
    }
    pending.addLast(new Checkpoint(taken, mark));
  }

  /**
   * Takes out what is safe.
   *
   * @return how many messages can be acknowledged, or 0 if none more
   */
  long reached() {
    long taken = 0;
    while (!pending.isEmpty() && intake.safe(pending.peekFirst().mark)) {
      taken = pending.removeFirst().taken;
    }
    return taken;
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  int size() {
    return pending.size();
  }
}
