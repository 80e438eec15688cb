package io.scribbler.consumer.reading;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * What takes the records that a {@link StreamReader} reads.
 *
 * <p>Called by several threads at once, but for one shard by one thread at a time and in the
 * shard's order; a child shard's first call comes after its parents' last. A shard is not read on
 * before the call returns, so a slow handler slows reading and needs no queue.
 */
@FunctionalInterface
public interface RecordHandler {
  /** The most records that Kinesis gives at once. */
  int MOST_RECORDS = 10_000;

  /** Handles one batch; whatever it throws stops the reader, which then reports it. */
  void handle(ShardBatch batch);

  /**
   * Where the whole reading starts, decided once the stream was seen.
   *
   * @param asked in the settings
   * @param serviceTime Kinesis's, at or shortly before the moment at which it listed the shards
   */
  default StartPosition start(StartPosition asked, Instant serviceTime) {
    return asked;
  }

  /** How far a shard was handled before; its record is read again. Empty: from the start. */
  default Optional<Position> committed(String shardId) {
    return Optional.empty();
  }

  /** The shards that the stream has now, as found at the start of the reading. */
  default void listed(Collection<ShardInfo> shards) {}

  /**
   * How many records may be read of a shard now, at most {@link #MOST_RECORDS}. Unless it is 0 a
   * read follows, and then {@link #wasRead}. Must not wait.
   *
   * @return 0: it is not to be read now; asked again after a moment
   */
  default int mostRecords(String shardId) {
    return MOST_RECORDS;
  }

  /** A read is over that was allowed, whatever came of it, and its records were handled. */
  default void wasRead(String shardId) {}

  /** What time it is at Kinesis, by an answer that has just come. */
  default void serviceTime(Instant now) {}

  /** A read found nothing. */
  default void idle(String shardId, long millisBehind) {}

  /**
   * A closed shard was read to its end.
   *
   * @param done to be called when its children may begin, by any thread
   */
  default void ended(String shardId, Runnable done) {
    done.run();
  }

  /** A shard that is being read is no longer in the stream. */
  default void gone(String shardId) {}

  /**
   * The stream was deleted while it was read; if it comes again it is read from its first record.
   * What this throws ends the reading.
   */
  default void streamGone() {}
}
