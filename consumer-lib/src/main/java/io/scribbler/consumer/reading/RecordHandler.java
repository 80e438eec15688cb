package io.scribbler.consumer.reading;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What takes the records that a {@link StreamReader} reads.
 *
 * <p>Called by several threads at once, but for one shard by one thread at a time and in the
 * shard's order; a child shard's first call comes after its parents' last. A shard is not read on
 * before the call returns, so a slow handler slows reading and needs no queue.
 */
@FunctionalInterface
public interface RecordHandler {
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
  default void listed(Set<String> shardIds) {}

  /** Whether a shard may be read now; asked again after a moment if not. */
  default boolean ready(String shardId) {
    return true;
  }

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
