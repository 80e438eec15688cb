package io.scribbler.consumer.reading;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.net.StreamName;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;

/**
 * Questions about the shards of a stream that take a call or two each: nothing is followed. Trouble
 * that may pass is waited out for some seconds, other trouble is a {@link StreamException}. Any
 * thread.
 */
public final class ShardLookup {
  private static final int MOST_TRIES = 5;
  private static final Duration LONGEST_SEARCH = Duration.ofMinutes(1);
  private static final long READ_INTERVAL_MILLIS = 200;

  private final KinesisShards shards;
  private final StreamName stream;

  /**
   * A shard of the stream.
   *
   * @param parents those of its parents that are listed too; none: it is read from the start
   * @param startingHashKey the first hash key that it takes, decimal
   * @param endingHashKey the last one
   */
  public record Listed(
      String shardId, List<String> parents, String startingHashKey, String endingHashKey) {
    /** Copies the list. */
    public Listed {
      parents = List.copyOf(parents);
    }

    /** Whether the reading begins with it, rather than when its parents are done. */
    public boolean isFirst() {
      return parents.isEmpty();
    }
  }

  /** Asks about a stream; the client stays the caller's, and should not retry by itself. */
  public ShardLookup(KinesisClient client, StreamName stream) {
    this.shards = new KinesisShards(client, stream);
    this.stream = stream;
  }

  /** The shards that an application reads that starts there: oldest, or at a time. */
  public List<Listed> shards(StartPosition start) throws IOException, InterruptedException {
    List<Shard> all = ask(() -> shards.all(start));
    Set<String> names = all.stream().map(Shard::shardId).collect(Collectors.toSet());
    return all.stream()
        .map(
            shard ->
                new Listed(
                    shard.shardId(),
                    Stream.of(shard.parentShardId(), shard.adjacentParentShardId())
                        .filter(parent -> parent != null && names.contains(parent))
                        .toList(),
                    shard.hashKeyRange().startingHashKey(),
                    shard.hashKeyRange().endingHashKey()))
        .toList();
  }

  /** Kinesis's time of the last listing, in whole seconds. */
  public Instant listedAt() {
    return shards.listedAt();
  }

  /**
   * How far behind the shard's tip a reader is: the age of the first record that is not done.
   *
   * @param committed how far it came; null: it has not begun
   * @param begin where it begins then
   * @return zero when all is done
   */
  public Duration behind(String shardId, Position committed, StartPosition begin)
      throws IOException, InterruptedException {
    ShardPosition place =
        committed == null
            ? ShardPosition.of(begin)
            : ShardPosition.atRecord(committed.sequenceNumber());
    GetRecordsResponse response =
        ask(() -> shards.read(shards.iterator(shardId, place).shardIterator(), 2));
    long behind = response.millisBehindLatest() == null ? 0 : response.millisBehindLatest();
    Instant now = ServiceTime.of(response);
    for (Record record : response.records()) {
      if (committed == null || !isDone(record, committed)) {
        long age = Duration.between(record.approximateArrivalTimestamp(), now).toMillis();
        // The service's time is in whole seconds, and something that waits is not nothing.
        return Duration.ofMillis(Math.max(1, Math.max(age, behind)));
      }
    }
    return Duration.ofMillis(behind);
  }

  private static boolean isDone(Record record, Position committed) {
    int order =
        Position.compareSequenceNumbers(record.sequenceNumber(), committed.sequenceNumber());
    return order < 0 || (order == 0 && committed.messages() >= messages(record));
  }

  /** As a position counts them: what can't be read is one. */
  private static long messages(Record record) {
    long messages = 0;
    try (RecordReader reader = new RecordReader()) {
      reader.open(record.data().asByteArrayUnsafe());
      while (reader.nextBlock()) {
        messages += reader.block().count();
      }
      return messages;
    } catch (RecordFormatException e) {
      return messages + 1;
    }
  }

  /**
   * The sequence number of a shard's first record from a start on; empty: there is none.
   *
   * @throws IOException if none is found within a minute
   */
  public Optional<String> firstRecord(String shardId, StartPosition from)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LONGEST_SEARCH.toNanos();
    String iterator = ask(() -> shards.iterator(shardId, ShardPosition.of(from)).shardIterator());
    while (iterator != null) {
      String at = iterator;
      GetRecordsResponse response = ask(() -> shards.read(at, 1));
      if (response.hasRecords() && !response.records().isEmpty()) {
        return Optional.of(response.records().get(0).sequenceNumber());
      }
      if (response.millisBehindLatest() == null || response.millisBehindLatest() == 0) {
        return Optional.empty();
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "stream "
                + stream.name()
                + ": no record of "
                + shardId
                + " within a minute; try again");
      }
      TimeUnit.MILLISECONDS.sleep(READ_INTERVAL_MILLIS);
      iterator = response.nextShardIterator();
    }
    return Optional.empty();
  }

  private <T> T ask(Supplier<T> call) throws IOException, InterruptedException {
    Backoff backoff = new Backoff();
    for (int tries = 1; ; tries++) {
      try {
        return call.get();
      } catch (SdkException e) {
        ReadTrouble trouble = ReadTrouble.of(e);
        String what =
            String.format(
                "stream %s: %s (%s)", stream.name(), trouble.advice(), ReadTrouble.oneLine(e));
        if (trouble.needsOperator() || trouble == ReadTrouble.INVALID) {
          throw new StreamException(what, e);
        }
        if (tries == MOST_TRIES) {
          throw new IOException(what, e);
        }
        TimeUnit.NANOSECONDS.sleep(backoff.failed());
      }
    }
  }
}
