package io.scribbler.consumer.kcl;

import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.reading.ShardPosition;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/** What a feed has to know of its shard. Called by the feed's thread, but {@link #place}. */
interface FeedOwner {
  /** The shard's name. */
  String shardId();

  /** Whether records would be taken without waiting. */
  boolean hasRoom();

  /** The memory for what is fetched. */
  FetchShares memory();

  /** Where reading begins for what is stored. By KCL's thread. */
  ShardPosition place(ExtendedSequenceNumber stored);

  /**
   * Kinesis doesn't find the shard or its stream.
   *
   * @return whether that is the end of the shard; otherwise it is tried again
   */
  boolean missing(SdkException e) throws InterruptedException;

  /** A read failed; it is tried again. */
  void trouble(SdkException e);

  /** Reading can't go on. */
  void failed(Throwable cause);
}
