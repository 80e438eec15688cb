package io.scribbler.agent.send;

import io.scribbler.agent.config.WhenFull;
import io.scribbler.agent.spool.Destination;

/**
 * When a stream's records go to disk, and how they come back.
 *
 * @param destination what each record on disk says about where it goes
 * @param inOrder whether what is on disk goes before what comes now
 * @param memoryLimit bytes of the agent's memory budget
 * @param largestRecord bytes that a record may have
 */
public record OverflowSettings(
    Destination destination,
    boolean inOrder,
    WhenFull whenFull,
    long memoryLimit,
    int largestRecord) {

  /** Beyond this share of the memory budget records go to disk. */
  long highWater() {
    return memoryLimit / 4 * 3;
  }

  /** Down to this share. */
  long lowWater() {
    return memoryLimit / 2;
  }

  /** How many bytes that came from disk may wait in memory, beside what sources may take. */
  long aheadLimit() {
    return Math.max(memoryLimit / 4, 2L * largestRecord);
  }
}
