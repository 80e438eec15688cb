package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A KPL aggregate being filled; {@link KplCursor} draws the layout. Appending copies the message
 * once and, once the buffers have grown, allocates nothing.
 *
 * <p>Every inner record names the outer explicit hash key. A consumer that checks inner keys
 * against the shard that it read from (KCL does, and throws the whole aggregate away if one is
 * outside) then finds all of them in the shard that Kinesis put the record into, after a split too.
 *
 * <p>It bounds nothing: whoever fills it looks at {@link #size}. Not thread-safe.
 */
public final class KplRecordBuilder {
  private static final byte[] MAGIC = {(byte) 0xF3, (byte) 0x89, (byte) 0x9A, (byte) 0xC2};
  private static final int MAX_OUTER_KEY_CHARS = 256;
  private static final int MAX_HASH_KEY_DIGITS = 39;
  private static final int MAX_BYTES_PER_CHAR = 3;

  /** Everything but keys and messages: magic, MD5, the outer partition and explicit hash keys. */
  private static final int ENVELOPE =
      KplCursor.MAGIC_SIZE
          + KplCursor.DIGEST_SIZE
          + ProtoSize.bytesField(MAX_OUTER_KEY_CHARS * MAX_BYTES_PER_CHAR)
          + ProtoSize.bytesField(MAX_HASH_KEY_DIGITS);

  /** Tag and number of the key's index, and tag and number of the hash key's, which is 0. */
  private static final int MAX_INDEXES = 1 + ProtoSize.MAX_LENGTH_SIZE + 2;

  private static final int MAX_PREFIX = 1 + ProtoSize.MAX_LENGTH_SIZE;

  // Owned by the thread that fills it.
  private final KeyTable keys = new KeyTable();
  private byte[] records;
  private int size;
  private int count;

  /**
   * An empty aggregate.
   *
   * @param initialCapacity bytes of messages to begin with; it grows as needed
   */
  public KplRecordBuilder(int initialCapacity) {
    records = new byte[initialCapacity];
  }

  /** The most bytes by which a message can make the record larger. */
  public static int sizeOf(int dataLength, int keyLength) {
    return MAX_PREFIX + MAX_INDEXES + MAX_PREFIX + dataLength + MAX_PREFIX + keyLength;
  }

  /**
   * Appends a message from a buffer, direct or not, whose position and limit stay as they are.
   *
   * @param position where in {@code src} it begins
   * @param length its bytes; 0 is a message
   * @param key UTF-8; null when the record's own partition key is meant
   */
  public void append(ByteBuffer src, int position, int length, byte[] key) {
    int index = key == null ? 0 : 1 + keys.index(key);
    int inner = 1 + ProtoSize.varint32(index) + 2 + ProtoSize.bytesField(length);
    int needed = Math.addExact(size, ProtoSize.bytesField(inner));
    if (needed > records.length) {
      int doubled = (int) Math.min(2L * records.length, Integer.MAX_VALUE - 8);
      records = Arrays.copyOf(records, Math.max(needed, doubled));
    }
    int at = ProtoSize.putPrefix(records, size, KplCursor.RECORD, inner);
    records[at++] = (byte) KplCursor.PARTITION_KEY_INDEX;
    at = ProtoSize.putVarint32(records, at, index);
    records[at++] = (byte) KplCursor.EXPLICIT_HASH_KEY_INDEX;
    records[at++] = 0;
    at = ProtoSize.putPrefix(records, at, KplCursor.DATA, length);
    src.get(position, records, at, length);
    size = at + length;
    count++;
  }

  /** The most bytes that the record as it is now can have, whatever its outer keys are. */
  public int size() {
    return ENVELOPE + keys.size() + size;
  }

  /** Messages in the record. */
  public int count() {
    return count;
  }

  /** Whether there is no message in it. */
  public boolean isEmpty() {
    return count == 0;
  }

  /**
   * The data of the Kinesis record.
   *
   * @param outerPartitionKey the partition key that the record will be put with, at most 256
   *     characters; the key of messages that were appended without one
   * @param explicitHashKey the explicit hash key that it will be put with: decimal, below 2^128
   */
  public byte[] build(String outerPartitionKey, String explicitHashKey) {
    byte[] outerKey = outerPartitionKey.getBytes(UTF_8);
    byte[] hashKey = explicitHashKey.getBytes(UTF_8);
    if (outerPartitionKey.isEmpty() || outerPartitionKey.length() > MAX_OUTER_KEY_CHARS) {
      throw new IllegalArgumentException("a partition key has 1 to 256 characters");
    }
    if (hashKey.length == 0 || hashKey.length > MAX_HASH_KEY_DIGITS) {
      throw new IllegalArgumentException("an explicit hash key has 1 to 39 digits");
    }
    int body =
        ProtoSize.bytesField(outerKey.length)
            + keys.size()
            + ProtoSize.bytesField(hashKey.length)
            + size;
    byte[] out = new byte[MAGIC.length + body + KplCursor.DIGEST_SIZE];
    System.arraycopy(MAGIC, 0, out, 0, MAGIC.length);
    int at = MAGIC.length;
    at = ProtoSize.putBytes(out, at, KplCursor.PARTITION_KEY, outerKey, 0, outerKey.length);
    at = keys.copyTo(out, at);
    at = ProtoSize.putBytes(out, at, KplCursor.EXPLICIT_HASH_KEY, hashKey, 0, hashKey.length);
    System.arraycopy(records, 0, out, at, size);
    var md5 = KplCursor.newMd5();
    md5.update(out, MAGIC.length, body);
    System.arraycopy(md5.digest(), 0, out, MAGIC.length + body, KplCursor.DIGEST_SIZE);
    return out;
  }

  /** Empties it for the next record and keeps its buffers. */
  public void clear() {
    keys.clear();
    size = 0;
    count = 0;
  }
}
