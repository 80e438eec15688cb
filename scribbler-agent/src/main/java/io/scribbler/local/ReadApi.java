package io.scribbler.local;

import java.nio.charset.StandardCharsets;

/** GetShardIterator and GetRecords. */
final class ReadApi {
  private static final int MAX_RECORDS = 10_000;
  private static final int MAX_BYTES = 10 << 20;

  private final Streams streams;
  private final Counters counters;
  private final AnswerMemory answers;

  ReadApi(Streams streams, Counters counters, AnswerMemory answers) {
    this.streams = streams;
    this.counters = counters;
    this.answers = answers;
  }

  void iterator(Input in, Answer out) {
    Stream stream = streams.of(in);
    Shard shard = stream.shard(in.requiredText("ShardId"));
    String type = in.requiredText("ShardIteratorType");
    String sequence = in.text("StartingSequenceNumber");
    long position = position(stream, shard, type, sequence, in.millis("Timestamp"));
    out.text("ShardIterator", cursor(stream, shard, position));
  }

  /** The position that a reader starts at. */
  long position(Stream stream, Shard shard, String type, String sequence, long millis) {
    ShardLog log = shard.log();
    log.expire(stream.horizon(streams.now()));
    return switch (type) {
      case "TRIM_HORIZON" -> log.first();
      case "LATEST" -> log.next();
      case "AT_TIMESTAMP" -> {
        if (millis < 0) {
          throw ApiException.invalid("AT_TIMESTAMP needs a Timestamp.");
        }
        if (millis > streams.now()) {
          throw ApiException.invalid("The Timestamp is in the future.");
        }
        yield log.atOrAfter(millis);
      }
      case "AT_SEQUENCE_NUMBER" -> Math.max(0, known(shard, type, sequence));
      case "AFTER_SEQUENCE_NUMBER" -> known(shard, type, sequence) + 1;
      default ->
          throw Input.constraint("ShardIteratorType", "Member must satisfy the enum value set");
    };
  }

  private static long known(Shard shard, String type, String sequence) {
    if (sequence == null) {
      throw ApiException.invalid(type + " needs a StartingSequenceNumber.");
    }
    long position = shard.sequence().position(sequence);
    if (position >= shard.log().next()) {
      throw ApiException.invalid(
          "StartingSequenceNumber " + sequence + " is beyond the end of " + shard.id() + ".");
    }
    return position;
  }

  void records(Input in, Answer out) {
    int limit = in.number("Limit", MAX_RECORDS, 1, MAX_RECORDS);
    long now = streams.now();
    Cursor cursor = Cursor.parse(in.requiredText("ShardIterator"), now);
    Stream stream = streams.named(cursor.stream());
    if (stream.createdMillis() != cursor.createdMillis()
        || cursor.shard() >= stream.shards().size()) {
      throw ApiException.notFound("The shard of this iterator does not exist.");
    }
    Shard shard = stream.shards().get(cursor.shard());
    if (answers.isFull()) {
      throw ApiException.throttled("Too many answers wait for clients to read them.");
    }
    LocalOptions options = streams.options();
    if (options.throttle() && !shard.pace(options, now).read(now)) {
      throw ApiException.throttled(
          "Rate exceeded for shard " + shard.id() + " in stream " + stream.name() + ".");
    }
    ShardLog log = shard.log();
    log.expire(stream.horizon(now));
    long first = Math.min(log.next(), Math.max(log.first(), cursor.position()));
    out.list("Records");
    long next = write(shard, first, limit, MAX_BYTES, out);
    out.end().number("MillisBehindLatest", behind(shard, next, now));
    if (options.throttle()) {
      int size = 0;
      for (long n = first; n < next; n++) {
        size += log.size(n);
      }
      shard.pace(options, now).gave(size);
    }
    if (next == log.next() && !shard.isOpen()) {
      ShardApi.writeChildren(stream, shard, out);
    } else {
      out.text("NextShardIterator", cursor(stream, shard, next));
    }
  }

  /** The memory that answers with records count in. */
  AnswerMemory answers() {
    return answers;
  }

  /** Writes records from a position on, up to bounds, and returns where the next read starts. */
  long write(Shard shard, long from, int maxRecords, int maxBytes, Answer out) {
    ShardLog log = shard.log();
    long next = from;
    long bytes = 0;
    while (next < log.next() && next - from < maxRecords) {
      bytes += log.size(next);
      if (bytes > maxBytes && next > from) {
        break;
      }
      Segment.Entry entry = log.get(next);
      out.structure()
          .text("SequenceNumber", shard.sequence().at(next))
          .time("ApproximateArrivalTimestamp", entry.arrivalMillis())
          .blob("Data", entry.data())
          .text("PartitionKey", StandardCharsets.UTF_8.decode(entry.key()).toString())
          .text("EncryptionType", "NONE")
          .end();
      next++;
    }
    counters.read(next - from);
    return next;
  }

  /** How far a reader at a position is behind the newest record, in milliseconds. */
  static long behind(Shard shard, long position, long nowMillis) {
    ShardLog log = shard.log();
    return position >= log.next() ? 0 : Math.max(0, nowMillis - log.arrival(position));
  }

  private String cursor(Stream stream, Shard shard, long position) {
    return new Cursor(stream.name(), stream.createdMillis(), shard.index(), position, streams.now())
        .text();
  }
}
