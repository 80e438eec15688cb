package com.squareup.tape2;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A file under a Tape queue that keeps what is written to it, and fails when it is told to. */
public final class DiskDouble extends RandomAccessFile {
  /** A write, as Tape asked for it. */
  public static final class Write {
    private final long at;
    private final byte[] bytes;

    Write(long at, byte[] bytes) {
      this.at = at;
      this.bytes = bytes;
    }

    /** How many bytes it has. */
    public int length() {
      return bytes.length;
    }

    /** Writes the bytes from {@code from} to {@code to} of it into an image of the file. */
    public void apply(byte[] image, int from, int to) {
      System.arraycopy(bytes, from, image, (int) at + from, to - from);
    }
  }

  private final List<Write> writes = new ArrayList<>();
  private int failAt = -1; // the write that fails, counted from now
  private double reached;
  private Throwable failure;

  /** Opens the file as Tape does. */
  public DiskDouble(Path path) throws IOException {
    super(path.toFile(), "rwd");
  }

  /** A queue on this file. */
  public QueueFile queue(Path path) throws IOException {
    return new QueueFile(path.toFile(), this, false, false);
  }

  /** What was written since the last call. */
  public List<Write> takeWrites() {
    List<Write> taken = List.copyOf(writes);
    writes.clear();
    return taken;
  }

  /**
   * Lets a write fail.
   *
   * @param write which one from now on, from 0; all that follow fail too
   * @param reached the share of its bytes that reach the file, from 0 to 1
   */
  public void fail(int write, double reached, Throwable failure) {
    this.failAt = write;
    this.reached = reached;
    this.failure = failure;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (failure != null && failAt-- <= 0) {
      super.write(bytes, offset, (int) (length * reached));
      reached = 0;
      if (failure instanceof Error e) {
        throw e;
      }
      throw (IOException) failure;
    }
    writes.add(new Write(getFilePointer(), Arrays.copyOfRange(bytes, offset, offset + length)));
    super.write(bytes, offset, length);
  }
}
