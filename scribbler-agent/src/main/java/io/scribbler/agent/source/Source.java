package io.scribbler.agent.source;

import io.scribbler.agent.metrics.SourceStats;

/** Where messages come from. Its own threads read and take messages until it is stopped. */
public interface Source extends SourceStats {
  /** Starts to read. */
  void start();

  /**
   * Stops reading, and returns when all that was read is taken, or given up because {@link #giveUp}
   * was called. What becomes safe later is still acknowledged, until {@link #close}.
   */
  void stop() throws InterruptedException;

  /** There may be something to acknowledge. Any thread; must not wait. */
  void acksAdvanced();

  /** Makes a stop that waits for memory end without. */
  void giveUp();

  /** Lets go of everything, after a {@link #stop}. */
  void close() throws InterruptedException;
}
