package io.scribbler.consumer.engine;

import io.scribbler.consumer.Position;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * What is stored of one shard.
 *
 * <p>A pending position is announced ({@link ShardLease#prepare}) and not yet committed: whoever
 * owns the shard next finds it here and brings to an end what was begun.
 */
public final class Checkpoint {
  /** Nothing is stored: the shard is read from where the application starts. */
  public static final Checkpoint NONE = new Checkpoint(null, null, new byte[0], null, new byte[0]);

  private final Position committed;
  private final Position pending;
  private final byte[] state;
  private final Instant upTo;
  private final byte[] seen;

  /**
   * A checkpoint.
   *
   * @param committed what is before it is done; null: nothing yet
   * @param pending announced; null: nothing is
   * @param state what the handler stored with the pending position
   * @param upTo everything that Kinesis took before it is done; null: unknown
   * @param seen identities handled lately, as the library wrote them; empty: none are kept
   */
  public Checkpoint(Position committed, Position pending, byte[] state, Instant upTo, byte[] seen) {
    this.committed = committed;
    this.pending = pending;
    this.state = Objects.requireNonNull(state, "state").clone();
    this.upTo = upTo;
    this.seen = Objects.requireNonNull(seen, "seen").clone();
  }

  /** What is before it is done; null: nothing yet. */
  public Position committed() {
    return committed;
  }

  /** The announced position; null: nothing is announced. */
  public Position pending() {
    return pending;
  }

  /** What was stored with the pending position; empty when nothing was. A copy. */
  public byte[] state() {
    return state.clone();
  }

  /** Everything that Kinesis took before it is done; null when the engine doesn't keep it. */
  public Instant upTo() {
    return upTo;
  }

  /** Identities handled lately; empty when the engine doesn't keep them. A copy. */
  public byte[] seen() {
    return seen.clone();
  }

  @Override
  public String toString() {
    return "Checkpoint[committed "
        + committed
        + ", pending "
        + pending
        + ", state "
        + state.length
        + " bytes, up to "
        + upTo
        + "]";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Checkpoint that
        && Objects.equals(committed, that.committed)
        && Objects.equals(pending, that.pending)
        && Arrays.equals(state, that.state)
        && Objects.equals(upTo, that.upTo)
        && Arrays.equals(seen, that.seen);
  }

  @Override
  public int hashCode() {
    return Objects.hash(committed, pending, Arrays.hashCode(state), upTo, Arrays.hashCode(seen));
  }
}
