package io.scribbler.agent.send;

import io.scribbler.agent.shard.ShardRange;
import java.util.List;

/** The stream's API, as far as a sender needs it. Thread-safe; both calls wait for the answer. */
public interface RecordPutter extends AutoCloseable {
  /** Puts the records with one request. Never throws for what a service or network may do. */
  PutOutcome put(List<SealedRecord> records);

  /** The stream's open shards. */
  ShardsOutcome openShards();

  @Override
  void close();

  /** The answer to {@link #openShards}: the shards, or what failed. */
  record ShardsOutcome(List<ShardRange> shards, Failure failure) {
    static ShardsOutcome of(List<ShardRange> shards) {
      return new ShardsOutcome(shards, null);
    }

    static ShardsOutcome failed(Failure failure) {
      return new ShardsOutcome(List.of(), failure);
    }
  }

  /** The answer to {@link #put}: one result a record, in their order, or what failed as a whole. */
  record PutOutcome(List<RecordResult> results, Failure failure) {
    static PutOutcome of(List<RecordResult> results) {
      return new PutOutcome(results, null);
    }

    static PutOutcome failed(Failure failure) {
      return new PutOutcome(List.of(), failure);
    }
  }

  /**
   * What became of one record.
   *
   * @param shardId where it is, if it was taken
   * @param failure why it was not, or null
   */
  record RecordResult(String shardId, Failure failure) {}

  /**
   * Why something was not done.
   *
   * @param text for a person: the service's code and words, without secrets
   */
  record Failure(Kind kind, String text) {}

  /** What a failure calls for. */
  enum Kind {
    /** More than a shard or the account may take now: go slower. */
    THROTTLED,
    /** An error of the service or the network: try again. */
    TRANSIENT,
    /** Credentials, permissions, a key, a missing stream: an operator must mend it; wait. */
    HOLD,
    /** The service will never take this request as it is. */
    REFUSED
  }
}
