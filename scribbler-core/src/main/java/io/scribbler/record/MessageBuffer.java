package io.scribbler.record;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The messages of one open block, encoded as they come: the body before compression, at most 16
 * MiB. Appending copies the message once and allocates nothing.
 *
 * <pre>
 *   per message:  0A len { 0A len data   unless empty
 *                          10 varint     milliseconds after the block's base time, unless 0
 *                          1A len key }  unless there is none
 * </pre>
 *
 * <p>One thread at a time: whoever fills it hands it over to whoever encodes it.
 */
public final class MessageBuffer {
  /** The most bytes that a buffer, the body of a block, may have. */
  public static final int MAX_SIZE = Limits.MAX_RAW_SIZE;

  private static final byte[] NO_KEY = new byte[0];

  // Owned by the thread that holds the buffer.
  private byte[] array;
  private int size;
  private int count;

  /**
   * An empty buffer.
   *
   * @param initialCapacity bytes to begin with
   */
  public MessageBuffer(int initialCapacity) {
    array = new byte[checkCapacity(initialCapacity)];
  }

  /**
   * The exact bytes that a message takes in the buffer.
   *
   * @param timeDeltaMillis milliseconds after the block's base time, an unsigned number
   * @param keyLength bytes of the key; 0 when there is none
   */
  public static int sizeOf(int dataLength, int timeDeltaMillis, int keyLength) {
    int inner = innerSize(dataLength, timeDeltaMillis, keyLength);
    return ProtoSize.bytesField(inner);
  }

  private static int innerSize(int dataLength, int timeDeltaMillis, int keyLength) {
    int size = dataLength == 0 ? 0 : ProtoSize.bytesField(dataLength);
    if (timeDeltaMillis != 0) {
      size += 1 + ProtoSize.varint32(timeDeltaMillis);
    }
    if (keyLength != 0) {
      size += ProtoSize.bytesField(keyLength);
    }
    return size;
  }

  /** Bytes in the buffer. */
  public int size() {
    return size;
  }

  /** Messages in the buffer. */
  public int count() {
    return count;
  }

  /** Bytes that it can hold without growing. */
  public int capacity() {
    return array.length;
  }

  /**
   * Grows it, if need be, so that it can hold this many bytes in all.
   *
   * @throws IllegalArgumentException above {@link #MAX_SIZE}
   */
  public void ensureCapacity(int capacity) {
    if (checkCapacity(capacity) > array.length) {
      int doubled = (int) Math.min(2L * array.length, MAX_SIZE);
      array = Arrays.copyOf(array, Math.max(capacity, doubled));
    }
  }

  /**
   * Appends a message from a buffer, direct or not, whose position and limit stay as they are.
   *
   * @param position where in {@code src} it begins
   * @param length its bytes; 0 is a message
   * @param timeDeltaMillis milliseconds after the block's base time, an unsigned number
   * @param key UTF-8; null or empty when there is none
   * @throws IllegalStateException if the capacity doesn't suffice; nothing is appended then
   */
  public void append(ByteBuffer src, int position, int length, int timeDeltaMillis, byte[] key) {
    byte[] someKey = key == null ? NO_KEY : key;
    int at = beginMessage(length, timeDeltaMillis, someKey.length);
    if (length != 0) {
      at = ProtoSize.putPrefix(array, at, MessageView.DATA, length);
      src.get(position, array, at, length);
      at += length;
    }
    endMessage(at, timeDeltaMillis, someKey);
  }

  /** Appends a message from an array; otherwise as the other {@code append}. */
  public void append(byte[] src, int offset, int length, int timeDeltaMillis, byte[] key) {
    byte[] someKey = key == null ? NO_KEY : key;
    int at = beginMessage(length, timeDeltaMillis, someKey.length);
    if (length != 0) {
      at = ProtoSize.putBytes(array, at, MessageView.DATA, src, offset, length);
    }
    endMessage(at, timeDeltaMillis, someKey);
  }

  private int beginMessage(int length, int timeDeltaMillis, int keyLength) {
    int inner = innerSize(length, timeDeltaMillis, keyLength);
    int needed = ProtoSize.bytesField(inner);
    if (needed < 0 || needed > array.length - size) {
      throw new IllegalStateException(
          "no room for a message of "
              + needed
              + " bytes: "
              + size
              + " of "
              + array.length
              + " are used; ensureCapacity first");
    }
    return ProtoSize.putPrefix(array, size, MessageView.MESSAGE, inner);
  }

  /** The message counts only from here on, so that a failed copy leaves nothing behind. */
  private void endMessage(int from, int timeDeltaMillis, byte[] key) {
    int at = from;
    if (timeDeltaMillis != 0) {
      array[at++] = (byte) MessageView.TIME_DELTA;
      at = ProtoSize.putVarint32(array, at, timeDeltaMillis);
    }
    if (key.length != 0) {
      at = ProtoSize.putBytes(array, at, MessageView.KEY, key, 0, key.length);
    }
    size = at;
    count++;
  }

  /** The array that holds the first {@link #size} bytes; not a copy, so only to be read. */
  public byte[] array() {
    return array;
  }

  /** Empties it and keeps its capacity. */
  public void clear() {
    size = 0;
    count = 0;
  }

  private static int checkCapacity(int capacity) {
    if (capacity < 0 || capacity > MAX_SIZE) {
      throw new IllegalArgumentException(
          "a block can't have " + capacity + " bytes, at most " + MAX_SIZE);
    }
    return capacity;
  }
}
