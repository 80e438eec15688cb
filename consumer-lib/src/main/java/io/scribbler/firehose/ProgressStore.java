package io.scribbler.firehose;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.reading.ShardLookup;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where an application keeps how far it came in one stream: files, or a table. Owned by the command
 * that opened it. A {@link io.scribbler.consumer.StreamException} says that there is no such
 * application, or that it can't be done at all; an {@link IOException} that it could not be done.
 */
interface ProgressStore extends AutoCloseable {
  /**
   * What is stored of a shard.
   *
   * @param committed what is before it is done; null: nothing yet
   * @param pending announced; null: nothing is
   * @param owner who has it; null: nobody
   */
  record Stored(Position committed, Position pending, String owner) {}

  /** Where the application started; empty: unknown, since another library's keeps the table. */
  Optional<StartPosition> start() throws IOException;

  /** What is stored, by shard. */
  Map<String, Stored> shards() throws IOException;

  /** Whether the application is paused. */
  boolean paused() throws IOException;

  /** Stores whether it is. */
  void pause(boolean paused) throws IOException;

  /** Why nothing should be changed now and what to do about it; empty: nobody is at work. */
  Optional<String> busy() throws IOException;

  /**
   * Forgets how far it came: everything from a start on is read again.
   *
   * @param first the shards that the reading begins with
   */
  void reset(StartPosition start, List<ShardLookup.Listed> first) throws IOException;

  /**
   * Lets one shard be read again from a record on.
   *
   * @param to what was asked for
   * @param record the sequence number of the first record there
   */
  void reset(String shardId, StartPosition to, String record) throws IOException;

  @Override
  void close();
}
