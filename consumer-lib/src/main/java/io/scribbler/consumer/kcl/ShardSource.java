package io.scribbler.consumer.kcl;

import io.scribbler.consumer.reading.ShardPosition;
import java.time.Duration;

/** Where a shard's records come from. Owned by the feed's thread. */
interface ShardSource {
  /**
   * The next records from a place on, which is where the last ones ended unless something went
   * wrong between.
   *
   * @param bytes what was reserved for them, which a source keeps to as far as the service lets it
   * @return null when nothing came yet; then the same call is to be made again, and what it asked
   *     for may still come
   */
  Fetched fetch(ShardPosition place, long bytes) throws InterruptedException;

  /** The least time from the beginning of the fetch that brought this to the next one. */
  Duration interval(Fetched fetched);

  /** What is open can't be used any more; the next fetch begins anew. Any thread. */
  void reset();
}
