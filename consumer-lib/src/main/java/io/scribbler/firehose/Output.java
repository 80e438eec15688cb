package io.scribbler.firehose;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Standard output, shared by several threads: whoever holds its lock writes, so that messages don't
 * mix. Takes the progress line away before it writes on the same terminal.
 */
final class Output {
  private static final Path STDOUT = Path.of("/dev/fd/1");
  private static final int FILE_TYPE = 0xF000;
  private static final int FIFO = 0x1000;
  private static final int SOCKET = 0xC000;

  private final OutputStream out;
  private final Runnable beforeWrite;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Writes to a stream.
   *
   * @param beforeWrite called with the lock held before each write
   */
  Output(OutputStream out, Runnable beforeWrite) {
    this.out = out;
    this.beforeWrite = beforeWrite;
  }

  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  /** Writes a text at once. */
  void print(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    write(bytes, 0, bytes.length);
  }

  /**
   * Writes all at once.
   *
   * @throws OutputClosedException if nobody reads it any more
   */
  void write(byte[] bytes, int offset, int length) throws IOException {
    lock.lock();
    try {
      beforeWrite.run();
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw isClosedPipe(e) ? new OutputClosedException(e) : e;
    } finally {
      lock.unlock();
    }
  }

  /** The text of the error may be in any language; but what fails on a pipe is its other end. */
  private static boolean isClosedPipe(IOException e) {
    if (e.getMessage() != null && e.getMessage().contains("Broken pipe")) {
      return true;
    }
    try {
      int type = (int) Files.getAttribute(STDOUT, "unix:mode") & FILE_TYPE;
      return type == FIFO || type == SOCKET;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
      return false;
    }
  }
}
