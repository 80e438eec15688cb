package io.scribbler.local;

import java.nio.ByteBuffer;

/** A segment in memory. */
final class MemorySegment extends Segment {
  private final byte[] bytes;

  MemorySegment(long first, int capacity) {
    super(first);
    bytes = new byte[capacity];
  }

  @Override
  boolean fits(int size) {
    return size <= bytes.length - end();
  }

  @Override
  void write(int at, ByteBuffer head, ByteBuffer data) {
    int h = head.remaining();
    head.get(bytes, at, h);
    data.get(bytes, at + h, data.remaining());
  }

  @Override
  ByteBuffer read(int at, int length) {
    return ByteBuffer.wrap(bytes, at, length);
  }

  @Override
  void delete() {}

  @Override
  void close() {}

  @Override
  long dataMemory() {
    return bytes.length;
  }

  @Override
  long diskBytes() {
    return 0;
  }
}
