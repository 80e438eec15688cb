package io.scribbler.firehose;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Collects whole lines of one thread before they go to the shared output. A line that is longer
 * than the buffer goes through it piece by piece with the output locked until its end.
 */
final class LineBuffer extends OutputStream {
  private static final int CAPACITY = 64 << 10;

  private final Output output;
  // Owned by the thread that has the buffer.
  private final byte[] bytes = new byte[CAPACITY];
  private int size;
  private boolean locked;

  LineBuffer(Output output) {
    this.output = output;
  }

  @Override
  public void write(int b) throws IOException {
    if (size == CAPACITY) {
      spill();
    }
    bytes[size++] = (byte) b;
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      if (size == CAPACITY) {
        spill();
      }
      int part = Math.min(length - done, CAPACITY - size);
      System.arraycopy(source, offset + done, bytes, size, part);
      size += part;
      done += part;
    }
  }

  /** The line is complete. */
  void endLine() throws IOException {
    if (locked || size > CAPACITY / 2) {
      send();
    }
  }

  /** Writes out the complete lines. */
  void send() throws IOException {
    try {
      if (size > 0) {
        output.write(bytes, 0, size);
      }
    } finally {
      size = 0;
      if (locked) {
        locked = false;
        output.unlock();
      }
    }
  }

  private void spill() throws IOException {
    if (!locked) {
      output.lock();
      locked = true;
    }
    output.write(bytes, 0, size);
    size = 0;
  }

  /** Lets go of the output after a failure in the middle of a line. */
  void abandon() {
    size = 0;
    if (locked) {
      locked = false;
      output.unlock();
    }
  }
}
