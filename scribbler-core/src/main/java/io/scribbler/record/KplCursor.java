package io.scribbler.record;

import static io.scribbler.record.ProtoCursor.BYTES;
import static io.scribbler.record.ProtoCursor.VARINT;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;

/**
 * The cursor over a KPL aggregate.
 *
 * <pre>
 *   +-------------+----------------------+------------------------+
 *   | F3 89 9A C2 | AggregatedRecord     | MD5 of it (16 bytes)   |
 *   +-------------+----------------------+------------------------+
 *   AggregatedRecord { repeated string partition_key_table = 1;
 *                      repeated string explicit_hash_key_table = 2; repeated Record records = 3; }
 *   Record { uint64 partition_key_index = 1; uint64 explicit_hash_key_index = 2; bytes data = 3; }
 * </pre>
 */
final class KplCursor extends RecordCursor {
  static final int MAGIC_SIZE = 4;
  static final int DIGEST_SIZE = 16;
  static final int PARTITION_KEY = ProtoCursor.tag(1, BYTES);
  static final int EXPLICIT_HASH_KEY = ProtoCursor.tag(2, BYTES);
  static final int RECORD = ProtoCursor.tag(3, BYTES);
  static final int PARTITION_KEY_INDEX = ProtoCursor.tag(1, VARINT);
  static final int EXPLICIT_HASH_KEY_INDEX = ProtoCursor.tag(2, VARINT);
  static final int DATA = ProtoCursor.tag(3, BYTES);

  private static final long NONE = -1;

  // Owned by the reader's thread.
  private final ProtoCursor in = new ProtoCursor();
  private final MessageDigest md5 = newMd5();
  private final StringTable partitionKeys = new StringTable();
  private final StringTable explicitHashKeys = new StringTable();
  private RecordContext context = RecordContext.UNKNOWN;
  private int start;
  private int end;
  private int count;
  private boolean blockRead;
  private boolean blockDone;
  private long partitionKey;
  private long explicitHashKey;

  @Override
  RecordFormat format() {
    return RecordFormat.KPL;
  }

  @Override
  void open(byte[] data, int offset, int length, RecordContext recordContext) {
    if (length < MAGIC_SIZE + DIGEST_SIZE) {
      throw new RecordFormatException(
          "cut short: " + length + " bytes, magic and MD5 of an aggregate alone have 20");
    }
    array = data;
    start = offset + MAGIC_SIZE;
    end = offset + length - DIGEST_SIZE;
    context = recordContext;
    timeMillis = recordContext.arrivalMillis();
    checkDigest();
    readTables();
    checkRecords();
    in.reset(array, start, end);
    blockRead = false;
    blockDone = false;
  }

  private void checkDigest() {
    md5.update(array, start, end - start);
    byte[] digest = md5.digest();
    for (int i = 0; i < DIGEST_SIZE; i++) {
      if (digest[i] != array[end + i]) {
        throw new RecordFormatException("the MD5 does not match");
      }
    }
  }

  private void readTables() {
    partitionKeys.clear();
    explicitHashKeys.clear();
    in.reset(array, start, end);
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == PARTITION_KEY) {
        partitionKeys.add(in);
      } else if (tag == EXPLICIT_HASH_KEY) {
        explicitHashKeys.add(in);
      } else {
        in.skip(tag);
      }
    }
  }

  private void checkRecords() {
    count = 0;
    in.reset(array, start, end);
    while (readRecord()) {
      count++;
      if (partitionKey == NONE || partitionKey >= partitionKeys.size()) {
        throw new RecordFormatException(
            "message " + count + " has a partition key that isn't in the aggregate's table");
      }
      if (explicitHashKey >= explicitHashKeys.size()) {
        throw new RecordFormatException(
            "message " + count + " has an explicit hash key that isn't in the aggregate's table");
      }
    }
  }

  private boolean readRecord() {
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == RECORD) {
        int length = in.length();
        int outer = in.limit(in.position() + length);
        readRecordFields();
        in.limit(outer);
        return true;
      }
      in.skip(tag);
    }
    return false;
  }

  private void readRecordFields() {
    partitionKey = NONE;
    explicitHashKey = NONE;
    dataOffset = in.position();
    dataLength = 0;
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == PARTITION_KEY_INDEX) {
        partitionKey = index();
      } else if (tag == EXPLICIT_HASH_KEY_INDEX) {
        explicitHashKey = index();
      } else if (tag == DATA) {
        dataLength = in.length();
        dataOffset = in.position();
        in.advance(dataLength);
      } else {
        in.skip(tag);
      }
    }
  }

  /** An index into a table; one of 2^63 or more, which no table has, is cut to 2^63 - 1. */
  private long index() {
    long index = in.varint();
    return index < 0 ? Long.MAX_VALUE : index;
  }

  @Override
  boolean nextBlock() {
    blockDone = blockRead;
    blockRead = true;
    return !blockDone;
  }

  @Override
  BlockHeader block() {
    return new BlockHeader(
        context.topic(), null, 0, -1, count, timeMillis, Codec.NONE, end - start, Map.of());
  }

  @Override
  boolean nextMessage() {
    return blockRead && !blockDone && readRecord();
  }

  @Override
  String key() {
    return partitionKeys.get(array, (int) partitionKey);
  }

  @Override
  String explicitHashKey() {
    return explicitHashKey == NONE ? null : explicitHashKeys.get(array, (int) explicitHashKey);
  }

  @Override
  Map<String, String> attributes() {
    return Map.of();
  }

  @Override
  void release() {
    super.release();
    in.reset(array, 0, 0);
    partitionKeys.release();
    explicitHashKeys.release();
    blockDone = true;
    blockRead = true;
  }

  /** Every Java platform has MD5. */
  static MessageDigest newMd5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no MD5", e);
    }
  }
}
