package io.scribbler.agent.send;

/** Where records go that can't be delivered: into the dead-letter file, message by message. */
@FunctionalInterface
public interface RefusedRecords {
  /**
   * Keeps a record's messages, if need be in memory for as long as the disk takes none. Doesn't
   * wait.
   *
   * @param reason one of a few fixed words
   * @param why one line
   * @param stored is run once, on any thread, when they are on the disk
   */
  void refuse(SealedRecord record, String reason, String why, Runnable stored);
}
