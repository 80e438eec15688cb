package io.scribbler.consumer.kcl;

import java.time.Duration;

/**
 * How fast the processes of an application notice each other. What is faster costs calls of
 * DynamoDB: each process reads an index once in half an assignment interval, the leader the table
 * once in a whole one, and each lease is written three times in a failover time.
 */
public enum KclTiming {
  /**
   * A dead process's shards are taken over after 10 to 40 s; a planned hand-over takes 2 to 5 s.
   */
  PRODUCTION(10_000, 2000, 20_000, 4000, 30_000, 250, 10_000),
  /** For tests with a DynamoDB on this host: a tenth of that. */
  TEST(1000, 500, 5000, 500, 5000, 100, 1000);

  final long failoverMillis;
  final long assignmentMillis;
  final long leaderLockMillis;
  final long leaderHeartbeatMillis;
  final long handOverMillis;
  final int livenessSampleMillis;
  final int livenessMillis;

  KclTiming(
      long failoverMillis,
      long assignmentMillis,
      long leaderLockMillis,
      long leaderHeartbeatMillis,
      long handOverMillis,
      int livenessSampleMillis,
      int livenessMillis) {
    this.failoverMillis = failoverMillis;
    this.assignmentMillis = assignmentMillis;
    this.leaderLockMillis = leaderLockMillis;
    this.leaderHeartbeatMillis = leaderHeartbeatMillis;
    this.handOverMillis = handOverMillis;
    this.livenessSampleMillis = livenessSampleMillis;
    this.livenessMillis = livenessMillis;
  }

  /** How old a worker's last sign of life may be; its time is in whole seconds. */
  Duration alive() {
    return Duration.ofMillis(2L * livenessMillis + 1000);
  }

  /** What a processor has to finish its work before its lease goes to another process. */
  Duration drain() {
    return Duration.ofMillis(handOverMillis * 3 / 4);
  }
}
