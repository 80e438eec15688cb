package io.scribbler.agent.metrics;

/** What a stream's sender tells when asked. Asked from any thread; answers without waiting. */
public interface StreamStats {
  /** The age in seconds of the oldest message that is neither delivered nor given up; 0 if none. */
  double oldestUnsentAgeSeconds();

  /**
   * Whether Kinesis takes what it is sent; false while something that an operator can mend holds.
   */
  boolean deliveryUp();

  int inFlightRequests();

  /** Open shards that records are made for. */
  int lanes();

  /** Bytes on disk of records that only the disk has. */
  long spooledBytes();

  /** What the spool tells of itself. */
  SpoolStats spool();
}
