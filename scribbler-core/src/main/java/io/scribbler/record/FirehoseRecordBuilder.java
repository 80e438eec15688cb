package io.scribbler.record;

import java.util.ArrayList;
import java.util.List;

/**
 * A {@code firehose} record being filled with the blocks that {@link BlockEncoder} made; {@link
 * FirehoseCursor} draws the layout. It keeps the blocks as they are and bounds nothing: whoever
 * fills it looks at {@link #size}. Not thread-safe.
 */
public final class FirehoseRecordBuilder {
  // Owned by the thread that fills it.
  private final List<byte[]> blocks = new ArrayList<>();
  private int size = FirehoseCursor.HEADER_SIZE;

  public FirehoseRecordBuilder() {}

  /**
   * Adds a block, not copied.
   *
   * @throws ArithmeticException if the record would be larger than an array can be
   */
  public void add(byte[] encodedBlock) {
    size = Math.addExact(size, encodedBlock.length);
    blocks.add(encodedBlock);
  }

  /** The exact bytes of the record as it is now. */
  public int size() {
    return size;
  }

  /** Whether it has no block yet, so can't be built. */
  public boolean isEmpty() {
    return blocks.isEmpty();
  }

  /**
   * The data of the Kinesis record.
   *
   * @throws IllegalStateException without a block
   */
  public byte[] build() {
    if (blocks.isEmpty()) {
      throw new IllegalStateException("a record needs a block");
    }
    byte[] out = new byte[size];
    out[0] = (byte) 0xF1;
    out[1] = 0x5C;
    out[2] = FirehoseCursor.VERSION;
    int at = FirehoseCursor.HEADER_SIZE;
    for (byte[] block : blocks) {
      System.arraycopy(block, 0, out, at, block.length);
      at += block.length;
    }
    return out;
  }

  /** Empties it for the next record. */
  public void clear() {
    blocks.clear();
    size = FirehoseCursor.HEADER_SIZE;
  }
}
