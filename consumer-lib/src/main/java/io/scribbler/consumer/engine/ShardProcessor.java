package io.scribbler.consumer.engine;

import io.scribbler.consumer.StreamRecord;
import java.time.Duration;
import java.util.List;

/**
 * What the library does with one shard that an engine gives it. An engine calls it from one thread
 * at a time; only {@link #lost} may come from any thread at any time.
 *
 * <pre>
 *   records* / idle*  ──▶ ended      the shard is closed and everything of it was given
 *                     ──▶ drain      a planned stop, or the lease goes to another process
 *                     ──▶ lost       the lease is gone
 * </pre>
 *
 * After one of the three nothing else is called but {@link #lost}.
 */
public interface ShardProcessor {
  /**
   * Whether records are taken without waiting; false while the application is paused, too much
   * waits to be handled, or the shard has stopped. An engine that may not block asks first.
   */
  boolean hasRoom();

  /**
   * Takes records, in the shard's order. The first one after the start must be the one that the
   * committed position names, if the stream still has it: what of it is done is passed over, and a
   * missing one is how a gap is noticed. Blocks while there is no room.
   *
   * @param records not empty
   * @param millisBehind how far the last of them is behind the shard's tip
   */
  void records(List<StreamRecord> records, long millisBehind) throws InterruptedException;

  /**
   * A read that found nothing: the time to do what is due. Called at least once in a few seconds.
   *
   * @param millisBehind how far the read is behind the shard's tip; 0 at the tip
   */
  void idle(long millisBehind);

  /**
   * The shard is closed and everything was given.
   *
   * @param done called once, by any thread, after everything was handled and {@code
   *     commit(Position.END)} succeeded; never if the lease is lost or the shard stops
   */
  void ended(Runnable done);

  /**
   * Handles what was taken, as far as the time allows, and commits. Returns then; nothing is
   * handled or committed afterwards.
   *
   * @return whether everything that was taken is handled and committed
   */
  boolean drain(Duration time) throws InterruptedException;

  /** The lease is gone: stops at once, without a commit. Returns without waiting for a handler. */
  void lost();
}
