package io.scribbler.agent.batch;

import io.scribbler.record.KplRecordBuilder;
import io.scribbler.record.MessageBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The bytes of an open batch, laid out as its stream's format wants them. */
abstract sealed class BatchBody {
  /** Messages added. */
  abstract int count();

  /** Bytes used. */
  abstract int size();

  /** Bytes held, which the memory budget knows of. */
  abstract int capacity();

  /** The most that one message adds. */
  abstract int sizeOf(int length, int keyLength);

  abstract void ensureCapacity(int bytes);

  /** Adds a message; the capacity for it is there. */
  abstract void append(ByteBuffer source, int position, int length, int timeDelta, byte[] key);

  abstract void clear();

  /** A {@code Messages} of the firehose format. */
  static final class Firehose extends BatchBody {
    final MessageBuffer messages;

    Firehose(int capacity) {
      messages = new MessageBuffer(capacity);
    }

    @Override
    int count() {
      return messages.count();
    }

    @Override
    int size() {
      return messages.size();
    }

    @Override
    int capacity() {
      return messages.capacity();
    }

    @Override
    int sizeOf(int length, int keyLength) {
      return MessageBuffer.sizeOf(length, Integer.MAX_VALUE, keyLength);
    }

    @Override
    void ensureCapacity(int bytes) {
      messages.ensureCapacity(bytes);
    }

    @Override
    void append(ByteBuffer source, int position, int length, int timeDelta, byte[] key) {
      messages.append(source, position, length, timeDelta, key);
    }

    @Override
    void clear() {
      messages.clear();
    }
  }

  /** A KPL aggregate. */
  static final class Kpl extends BatchBody {
    final KplRecordBuilder record;
    private int capacity;

    Kpl(int capacity) {
      this.record = new KplRecordBuilder(capacity);
      this.capacity = capacity;
    }

    @Override
    int count() {
      return record.count();
    }

    @Override
    int size() {
      return record.size();
    }

    @Override
    int capacity() {
      return capacity;
    }

    @Override
    int sizeOf(int length, int keyLength) {
      return KplRecordBuilder.sizeOf(length, keyLength);
    }

    @Override
    void ensureCapacity(int bytes) {
      capacity = Math.max(capacity, bytes);
    }

    @Override
    void append(ByteBuffer source, int position, int length, int timeDelta, byte[] key) {
      record.append(source, position, length, key);
    }

    @Override
    void clear() {
      record.clear();
    }
  }

  /** Messages as they came, one after the other, and where each ends. */
  static final class Plain extends BatchBody {
    private byte[] bytes;
    private int size;
    private int dataEnd;
    private int[] ends = new int[64];
    private byte[][] keys = new byte[64][];
    private int count;

    Plain(int capacity) {
      bytes = new byte[capacity];
    }

    /** The message with this index. */
    byte[] message(int index) {
      return Arrays.copyOfRange(bytes, index == 0 ? 0 : ends[index - 1], ends[index]);
    }

    /** The key of the message with this index, or null. */
    byte[] key(int index) {
      return keys[index];
    }

    @Override
    int count() {
      return count;
    }

    @Override
    int size() {
      return size;
    }

    @Override
    int capacity() {
      return bytes.length;
    }

    /** With what a record of its own costs beside its bytes. */
    @Override
    int sizeOf(int length, int keyLength) {
      return length + keyLength + BlockSummary.OVERHEAD;
    }

    @Override
    void ensureCapacity(int needed) {
      if (needed > bytes.length) {
        bytes = Arrays.copyOf(bytes, needed);
      }
    }

    @Override
    void append(ByteBuffer source, int position, int length, int timeDelta, byte[] key) {
      source.get(position, bytes, dataEnd, length);
      dataEnd += length;
      size += sizeOf(length, key == null ? 0 : key.length);
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, count * 2);
        keys = Arrays.copyOf(keys, count * 2);
      }
      ends[count] = dataEnd;
      keys[count++] = key;
    }

    @Override
    void clear() {
      size = 0;
      dataEnd = 0;
      count = 0;
      Arrays.fill(keys, null);
    }
  }
}
