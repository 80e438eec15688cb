package io.scribbler.consumer;

/** How records are fetched from a shard. */
public enum Retrieval {
  /**
   * GetRecords, once a second and shard: a shard allows five calls and 2 MiB a second to all its
   * readers together. Costs nothing extra.
   */
  POLLING,
  /**
   * Enhanced fan-out: Kinesis pushes, 2 MiB a second for this application alone. Charged by the
   * consumer-shard hour and by the gigabyte.
   */
  FAN_OUT
}
