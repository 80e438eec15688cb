package io.scribbler.consumer;

import io.scribbler.record.BlockHeader;
import io.scribbler.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The messages of a batch as columns: their bytes one after the other in one array, everything else
 * in arrays by index, so that a message costs no object. Reused for one batch after the other.
 *
 * <p>Filled by the shard's reading thread, then handed to the handlers' threads, which only read,
 * and back when all of them are done.
 */
final class BatchData {
  private static final int FIRST_MESSAGES = 256;
  private static final int FIRST_BYTES = 16 << 10;

  /** What a key or an attribute costs beside its characters. */
  private static final int STRING_BYTES = 56;

  private static final int MAP_BYTES = 120;

  /**
   * Where a run of messages comes from: one block of one record. The record has its data only if
   * that is needed again.
   */
  record Origin(BlockHeader block, StreamRecord record) {}

  final String stream;
  final String shardId;

  /** Counts how often it was filled: a message that outlives its batch is noticed. */
  private final AtomicInteger generation = new AtomicInteger();

  private byte[] bytes = new byte[FIRST_BYTES];
  private int used;
  private int count;
  private int[] offsets = new int[FIRST_MESSAGES + 1];
  private long[] sequences = new long[FIRST_MESSAGES];
  private long[] times = new long[FIRST_MESSAGES];
  private int[] indexes = new int[FIRST_MESSAGES];
  private int[] originOf = new int[FIRST_MESSAGES];
  private String[] keys = new String[FIRST_MESSAGES];
  private final List<Map<String, String>> attributes = new ArrayList<>();
  private boolean ownAttributes;
  private final List<Origin> origins = new ArrayList<>();
  private long extraBytes;

  BatchData(String stream, String shardId) {
    this.stream = stream;
    this.shardId = shardId;
  }

  /** Forgets what it holds. */
  void clear() {
    generation.incrementAndGet();
    Arrays.fill(keys, 0, count, null);
    used = 0;
    count = 0;
    attributes.clear();
    ownAttributes = false;
    origins.clear();
    extraBytes = 0;
  }

  /** The messages that are added from now on come from here. */
  void from(BlockHeader block, StreamRecord record) {
    origins.add(new Origin(block, record));
  }

  /**
   * Adds the message that the reader stands on.
   *
   * @param index which of its record's messages it is, from 0
   */
  void add(RecordReader reader, int index) {
    int length = reader.dataLength();
    ensureBytes(length);
    System.arraycopy(reader.array(), reader.dataOffset(), bytes, used, length);
    add(reader, index, length);
  }

  /** Adds the message that the reader stands on, with other bytes. */
  void add(RecordReader reader, int index, byte[] data, int offset, int length) {
    ensureBytes(length);
    System.arraycopy(data, offset, bytes, used, length);
    add(reader, index, length);
  }

  private void add(RecordReader reader, int index, int length) {
    ensureMessages();
    used += length;
    sequences[count] = reader.sequence();
    times[count] = reader.timeMillis();
    indexes[count] = index;
    originOf[count] = origins.size() - 1;
    keys[count] = sharedKey(reader.key());
    Map<String, String> own = reader.attributes();
    if (own != origin().block().attributes()) {
      addAttributes(own);
    }
    count++;
    offsets[count] = used;
  }

  private String sharedKey(String key) {
    if (key.isEmpty() || (count > 0 && key.equals(keys[count - 1]))) {
      return key.isEmpty() ? key : keys[count - 1];
    }
    extraBytes += STRING_BYTES + key.length();
    return key;
  }

  private Origin origin() {
    return origins.get(origins.size() - 1);
  }

  private void addAttributes(Map<String, String> own) {
    ownAttributes = true;
    while (attributes.size() < count) {
      attributes.add(null);
    }
    Map<String, String> before = count > 0 ? attributes.get(count - 1) : null;
    if (own.equals(before)) {
      attributes.add(before);
      return;
    }
    attributes.add(own);
    extraBytes += MAP_BYTES;
    own.forEach((name, value) -> extraBytes += 3 * STRING_BYTES + name.length() + value.length());
  }

  private void ensureBytes(int more) {
    if (bytes.length - used < more) {
      long doubled = Math.min(2L * bytes.length, Integer.MAX_VALUE - 8);
      bytes = Arrays.copyOf(bytes, (int) Math.max(doubled, Math.addExact(used, more)));
    }
  }

  private void ensureMessages() {
    if (count == keys.length) {
      int size = 2 * count;
      offsets = Arrays.copyOf(offsets, size + 1);
      sequences = Arrays.copyOf(sequences, size);
      times = Arrays.copyOf(times, size);
      indexes = Arrays.copyOf(indexes, size);
      originOf = Arrays.copyOf(originOf, size);
      keys = Arrays.copyOf(keys, size);
    }
  }

  /** How many messages it holds. */
  int count() {
    return count;
  }

  /** What keys and attributes take beside that, about. */
  long extraBytes() {
    return extraBytes;
  }

  /** The bytes of all messages. */
  int size() {
    return used;
  }

  /** The bytes that it holds on to, filled or not. */
  long capacity() {
    return bytes.length;
  }

  int generation() {
    return generation.get();
  }

  byte[] bytes() {
    return bytes;
  }

  int offset(int i) {
    return offsets[i];
  }

  int length(int i) {
    return offsets[i + 1] - offsets[i];
  }

  long sequence(int i) {
    return sequences[i];
  }

  long timeMillis(int i) {
    return times[i];
  }

  String key(int i) {
    return keys[i];
  }

  Origin origin(int i) {
    return origins.get(originOf[i]);
  }

  /** Whether two messages come from the same block. */
  boolean sameOrigin(int one, int other) {
    return originOf[one] == originOf[other];
  }

  Map<String, String> attributes(int i) {
    Map<String, String> own = ownAttributes && i < attributes.size() ? attributes.get(i) : null;
    return own != null ? own : origin(i).block().attributes();
  }

  byte[] copy(int i) {
    return Arrays.copyOfRange(bytes, offsets[i], offsets[i + 1]);
  }

  String text(int i) {
    return new String(bytes, offsets[i], length(i), StandardCharsets.UTF_8);
  }

  /** Behind the message. */
  Position position(int i) {
    return new Position(origin(i).record().sequenceNumber(), indexes[i] + 1L);
  }
}
