package io.scribbler.consumer.engine;

import java.time.Duration;
import java.util.List;

/**
 * What finds shards, owns them, reads their records and stores checkpoints: a folder of files in
 * one process, KCL with DynamoDB, or the one in memory of the test kit.
 *
 * <p>A contract: shards in order, parents before children (a child begins when {@code END} of all
 * its parents is committed), the record of a committed position first, and a start at "newest"
 * resolved to a time once for each application and stored before the first record is given.
 */
public interface Engine {
  /**
   * Starts; returns when its threads run. Trouble that may pass (no network, no stream yet) is
   * waited out and logged.
   *
   * @throws io.scribbler.consumer.StreamException if it can't run as configured
   */
  void start(EngineHost host);

  /**
   * Stops reading, lets each shard's processor drain, frees the leases. Called once, after {@link
   * #start}.
   *
   * @return whether every shard was drained in time
   */
  boolean stop(Duration time) throws InterruptedException;

  /** Whether the application is paused, as stored; a value not older than a few seconds. */
  boolean paused();

  /**
   * Stores whether the application is paused: for all its processes, until it is changed.
   *
   * @throws CheckpointException if it could not be stored
   */
  void pause(boolean paused);

  /** How long each stream keeps its records; a day as long as it is unknown. */
  Duration retention(String stream);

  /** The time by which this consumer lives; the machine's unless a test says otherwise. */
  default Time time() {
    return Time.SYSTEM;
  }

  /**
   * The consumer's threads for a shard have all ended, after {@link ShardProcessor#lost}, {@link
   * ShardProcessor#drain} or a stop of the shard: none of the user's code runs for it any more.
   * Called once, by any thread.
   */
  default void left(ShardLease lease) {}

  /** What an operator should know of the engine itself; empty when all is well. One line each. */
  List<String> troubles();
}
