package io.scribbler.consumer.testkit;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StreamRecord;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** A shard and its records. Guarded by the {@link StoredShards} that has it. */
final class StoredShard {
  private static final int MOST_RECORDS = 1_000;
  private static final int MOST_BYTES = 1 << 20;

  /** Some records from a place on, and whether the shard has more behind them. */
  record Slice(List<StreamRecord> records, long millisBehind, boolean more, boolean closed) {}

  final String id;
  final BigInteger from;
  final BigInteger to;
  final List<String> parents;
  private final List<StreamRecord> records = new ArrayList<>();
  private boolean closed;
  private long closedMillis;

  /** An open shard with the hash keys between two, both included. */
  StoredShard(String id, BigInteger from, BigInteger to, List<String> parents) {
    this.id = id;
    this.from = from;
    this.to = to;
    this.parents = List.copyOf(parents);
  }

  boolean open() {
    return !closed;
  }

  boolean has(BigInteger hash) {
    return hash.compareTo(from) >= 0 && hash.compareTo(to) <= 0;
  }

  void add(StreamRecord record) {
    records.add(record);
  }

  void close(long nowMillis) {
    closed = true;
    closedMillis = nowMillis;
  }

  /** When it was closed; empty while it is open. */
  OptionalLong closedMillis() {
    return closed ? OptionalLong.of(closedMillis) : OptionalLong.empty();
  }

  /** Lets go of what came before a moment; whether the whole shard is past it. */
  boolean expire(long horizonMillis) {
    records.removeIf(record -> record.arrivalMillis() < horizonMillis);
    return closed && closedMillis < horizonMillis;
  }

  /** Records with this sequence number and those after it, as many as fit into a read. */
  Slice read(String sequenceNumber) {
    List<StreamRecord> some = new ArrayList<>();
    boolean more = false;
    long bytes = 0;
    for (StreamRecord record : records) {
      if (Position.compareSequenceNumbers(record.sequenceNumber(), sequenceNumber) < 0) {
        continue;
      }
      bytes += record.data().length;
      if (!some.isEmpty() && (some.size() == MOST_RECORDS || bytes > MOST_BYTES)) {
        more = true;
        break;
      }
      some.add(record);
    }
    long behind =
        more
            ? records.get(records.size() - 1).arrivalMillis()
                - some.get(some.size() - 1).arrivalMillis()
            : 0;
    return new Slice(some, behind, more, closed);
  }
}
