package io.scribbler.local;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** PutRecord and PutRecords. */
final class PutApi {
  private static final int MAX_RECORDS = 500;
  private static final int MAX_REQUEST = 10 << 20;
  private static final int MAX_KEY = 256;
  private static final String THROTTLED = "ProvisionedThroughputExceededException";

  private final Streams streams;
  private final Faults faults;
  private final Counters counters;

  PutApi(Streams streams, Faults faults, Counters counters) {
    this.streams = streams;
    this.faults = faults;
    this.counters = counters;
  }

  /** A record that was found valid; its key is UTF-8. */
  private record Put(ByteBuffer key, BigInteger hash, ByteBuffer data) {
    int size() {
      return key.remaining() + data.remaining();
    }
  }

  void putRecord(Input in, Answer out) {
    Stream stream = streams.of(in);
    Put put = put(in, stream);
    Shard shard = stream.shardFor(put.hash());
    long now = streams.now();
    if (faults.failsRecord()) {
      counters.failedRecord();
      throw ApiException.internal("Internal service failure.");
    }
    if (isThrottled(shard, put, now)) {
      counters.throttledRecord();
      throw ApiException.throttled(rateExceeded(stream, shard));
    }
    out.text("ShardId", shard.id())
        .text("SequenceNumber", store(shard, put, now))
        .text("EncryptionType", "NONE");
  }

  void putRecords(Input in, Answer out) {
    Stream stream = streams.of(in);
    List<Input> records = in.structures("Records");
    if (records.isEmpty() || records.size() > MAX_RECORDS) {
      throw Input.constraint("Records", "Member must have length between 1 and " + MAX_RECORDS);
    }
    List<Put> puts = new ArrayList<>(records.size());
    long total = 0;
    for (Input record : records) {
      Put put = put(record, stream);
      total += put.size();
      puts.add(put);
    }
    if (total > MAX_REQUEST) {
      throw ApiException.invalid("Records size exceeds the limit of 10 MiB: " + total + " bytes.");
    }
    long now = streams.now();
    int failed = 0;
    out.list("Records");
    for (Put put : puts) {
      Shard shard = stream.shardFor(put.hash());
      out.structure();
      if (faults.failsRecord()) {
        failed++;
        counters.failedRecord();
        out.text("ErrorCode", "InternalFailure").text("ErrorMessage", "Internal service failure.");
      } else if (isThrottled(shard, put, now)) {
        failed++;
        counters.throttledRecord();
        out.text("ErrorCode", THROTTLED).text("ErrorMessage", rateExceeded(stream, shard));
      } else {
        out.text("ShardId", shard.id()).text("SequenceNumber", store(shard, put, now));
      }
      out.end();
    }
    out.end().number("FailedRecordCount", failed).text("EncryptionType", "NONE");
  }

  private Put put(Input record, Stream stream) {
    String key = record.requiredText("PartitionKey");
    if (key.isEmpty() || key.codePointCount(0, key.length()) > MAX_KEY) {
      throw Input.constraint("PartitionKey", "Member must have length between 1 and " + MAX_KEY);
    }
    byte[] utf8 = HashRange.utf8(key);
    ByteBuffer data = record.requiredBlob("Data");
    if (data.remaining() + utf8.length > stream.maxRecordBytes()) {
      throw Input.constraint(
          "Data", "Member must have length less than or equal to " + stream.maxRecordBytes());
    }
    String explicit = record.text("ExplicitHashKey");
    BigInteger hash =
        explicit == null ? HashRange.hash(utf8) : HashRange.parse(explicit, "ExplicitHashKey");
    byte[] poison = faults.poison();
    if (poison != null && contains(data, poison)) {
      throw ApiException.invalid("A record is invalid.");
    }
    return new Put(ByteBuffer.wrap(utf8), hash, data);
  }

  private boolean isThrottled(Shard shard, Put put, long now) {
    if (faults.throttlesRecord(shard.id())) {
      return true;
    }
    LocalOptions options = streams.options();
    return options.throttle() && !shard.pace(options, now).write(put.size(), now);
  }

  private String store(Shard shard, Put put, long now) {
    long position = shard.log().append(now, put.key().array(), put.data());
    counters.accepted(put.size());
    shard.wrote();
    return shard.sequence().at(position);
  }

  private static String rateExceeded(Stream stream, Shard shard) {
    return "Rate exceeded for shard "
        + shard.id()
        + " in stream "
        + stream.name()
        + " under account 000000000000.";
  }

  private static boolean contains(ByteBuffer data, byte[] wanted) {
    for (int at = data.position(); at + wanted.length <= data.limit(); at++) {
      int i = 0;
      while (i < wanted.length && data.get(at + i) == wanted[i]) {
        i++;
      }
      if (i == wanted.length) {
        return true;
      }
    }
    return false;
  }
}
