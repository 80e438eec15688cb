package io.scribbler.agent.pipe;

import java.nio.ByteBuffer;

/**
 * Messages that are not acknowledged, oldest first, in one ring of bytes, as they go over the
 * socket: each after its length.
 *
 * <pre>
 *     head                  cursor                    used            open
 *      | length bytes | length bytes | ... | length bytes | length byt... |
 *        sent, maybe again            to be sent            being added
 * </pre>
 *
 * A message longer than {@code longestWhole} is longer than any daemon takes: only its first bytes
 * are kept, and the rest is sent as zeros, since the daemon stores its first bytes and its length.
 * The ring grows as it is needed. Guarded by its {@link Backlog}.
 */
final class Ring {
  static final int HEADER = 4;

  /** How much a daemon stores of a message that it does not take. */
  private static final int KEPT = 64 * 1024;

  /** The largest length that the header can say. */
  private static final long LONGEST = 0xffff_ffffL;

  private static final byte[] ZEROS = new byte[4096];

  private static final int FIRST_CAPACITY = 64 * 1024;

  private final int capacity;
  private final int longestWhole;
  private final int kept;

  private byte[] bytes;
  private int head; // index of the oldest message
  private int used; // bytes of whole messages
  private int messages; // whole ones

  private boolean open;
  private int openStored; // bytes of the message being added, its header not counted
  private long openLength; // of which so many were given

  private int cursor; // bytes from the head on that are sent
  private int storedLeft; // to send of the message under the cursor
  private long zerosLeft; // to send after them
  private int sent; // messages wholly sent

  /**
   * @param capacity the most bytes that are kept; room for one message of {@code longestWhole}
   * @param longestWhole the longest message that is kept whole
   */
  Ring(int capacity, int longestWhole) {
    if (capacity < longestWhole + HEADER) {
      throw new IllegalArgumentException("no room for the longest message");
    }
    this.capacity = capacity;
    this.longestWhole = longestWhole;
    kept = Math.min(KEPT, longestWhole);
    bytes = new byte[Math.min(capacity, FIRST_CAPACITY)];
  }

  /** Whether {@code length} bytes more of the message being added find room. */
  boolean fits(int length) {
    int header = open ? 0 : HEADER;
    return header + stored(openLength + length) - openStored <= room();
  }

  private int stored(long length) {
    return length > longestWhole ? kept : (int) length;
  }

  private int room() {
    return capacity - used - (open ? HEADER + openStored : 0);
  }

  /** Adds bytes, which fit, to the message being added; begins one if there is none. */
  void add(byte[] source, int offset, int length) {
    int target = stored(openLength + length);
    int more = Math.max(0, Math.min(length, target - openStored));
    open = true;
    ensure(used + HEADER + openStored + more);
    copyIn(used + HEADER + openStored, source, offset, more);
    openStored = Math.min(openStored + more, target);
    openLength += length;
  }

  /** The message being added is whole. */
  void end() {
    long length = Math.min(openLength, LONGEST);
    for (int i = 0; i < HEADER; i++) {
      bytes[index(used + i)] = (byte) (length >>> (8 * (HEADER - 1 - i)));
    }
    used += HEADER + openStored;
    messages++;
    abandon();
  }

  /** Forgets the message being added. */
  void abandon() {
    open = false;
    openStored = 0;
    openLength = 0;
  }

  private void ensure(int needed) {
    if (needed <= bytes.length) {
      return;
    }
    byte[] grown = new byte[(int) Math.min(capacity, Math.max(needed, 2L * bytes.length))];
    int first = bytes.length - head;
    System.arraycopy(bytes, head, grown, 0, first);
    System.arraycopy(bytes, 0, grown, first, bytes.length - first);
    bytes = grown;
    head = 0;
  }

  private int index(int fromHead) {
    int at = head + fromHead;
    return at < bytes.length ? at : at - bytes.length;
  }

  private void copyIn(int fromHead, byte[] source, int offset, int length) {
    int at = index(fromHead);
    int first = Math.min(length, bytes.length - at);
    System.arraycopy(source, offset, bytes, at, first);
    System.arraycopy(source, offset + first, bytes, 0, length - first);
  }

  private long lengthAt(int fromHead) {
    long length = 0;
    for (int i = 0; i < HEADER; i++) {
      length = (length << 8) | (bytes[index(fromHead + i)] & 0xff);
    }
    return length;
  }

  /** Whether anything is to be sent. */
  boolean hasUnsent() {
    return cursor < used || zerosLeft > 0;
  }

  /** Gives the next bytes to send, as many as there are and fit. */
  void read(ByteBuffer out) {
    while (out.hasRemaining() && hasUnsent()) {
      if (storedLeft == 0 && zerosLeft == 0) {
        long length = lengthAt(cursor);
        storedLeft = HEADER + stored(length);
        zerosLeft = length - stored(length);
      }
      int at = index(cursor);
      int part = Math.min(Math.min(storedLeft, out.remaining()), bytes.length - at);
      out.put(bytes, at, part);
      cursor += part;
      storedLeft -= part;
      if (storedLeft == 0) {
        int zeros = (int) Math.min(zerosLeft, out.remaining());
        putZeros(out, zeros);
        zerosLeft -= zeros;
        if (zerosLeft == 0) {
          sent++;
        }
      }
    }
  }

  private static void putZeros(ByteBuffer out, int count) {
    for (int left = count; left > 0; left -= ZEROS.length) {
      out.put(ZEROS, 0, Math.min(left, ZEROS.length));
    }
  }

  /** Everything that is kept is to be sent again. */
  void rewind() {
    cursor = 0;
    storedLeft = 0;
    zerosLeft = 0;
    sent = 0;
  }

  /** Messages that were wholly sent since the last {@link #rewind} and are kept still. */
  int sent() {
    return sent;
  }

  /** Lets go of the oldest messages, all of which were sent. */
  void acknowledge(int count) {
    if (count > sent) {
      throw new IllegalArgumentException("acknowledged before it was sent");
    }
    for (int i = 0; i < count; i++) {
      int size = HEADER + stored(lengthAt(0));
      head = index(size);
      used -= size;
      cursor -= size;
    }
    sent -= count;
    messages -= count;
  }

  /** Whole messages that are kept. */
  int messages() {
    return messages;
  }
}
