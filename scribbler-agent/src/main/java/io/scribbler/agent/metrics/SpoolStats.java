package io.scribbler.agent.metrics;

/** What a stream's spool tells when asked. Asked from any thread; answers without waiting. */
public interface SpoolStats {
  /** Bytes of its files. */
  long usedBytes();

  /** How many bytes they may have. */
  long maxBytes();

  /** Whether the last write found the disk in order; true as long as nothing was written. */
  boolean up();

  /** Whether the last write found no room. */
  boolean full();

  /** At the rate of the last minute; infinity while it doesn't grow. */
  double secondsUntilFull();

  /** Damaged segments that were put aside in this life. */
  long quarantinedSegments();
}
