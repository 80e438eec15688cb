package io.scribbler.agent.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * An output of raw chunks that survives its own failures. What can't be written is left out up to
 * the next beginning of a line, and a line that was cut short is ended first, so that all lines but
 * the cut one are whole. A target that is stale is renewed between two lines.
 */
final class LineSink implements AutoCloseable {
  /** Where the bytes go. */
  interface Target {
    WritableByteChannel channel() throws IOException;

    /** Whether the channel should be renewed, because the file behind it was moved away. */
    boolean stale();

    /** Makes the next {@link #channel()} a new one. */
    void renew() throws IOException;

    /** Asks, from any thread, to be found stale. */
    void reopen();

    void close() throws IOException;
  }

  private final Target target;
  private final Consumer<String> trouble;
  private final AtomicLong failures = new AtomicLong();

  // Owned by the writing thread.
  private boolean failed; // since the last chunk that was written
  private boolean skipping; // the input is inside a line whose beginning was left out
  private boolean insideLine; // the last byte written is no newline

  LineSink(Target target, Consumer<String> trouble) {
    this.target = target;
    this.trouble = trouble;
  }

  /** Writes from position to limit, and moves the position. */
  void write(ByteBuffer chunk) {
    if (skipping && !skipToLine(chunk)) {
      failures.incrementAndGet();
      return;
    }
    if (!chunk.hasRemaining()) {
      return;
    }
    try {
      renewBetweenLines(chunk);
      endCutLine();
      writeFully(chunk);
      failed = false;
    } catch (IOException e) {
      skipping = chunk.get(chunk.limit() - 1) != '\n';
      failed = true;
      failures.incrementAndGet();
      trouble.accept("tee: " + target + ": " + reason(e) + "; delivery goes on without it");
    }
  }

  void reopen() {
    target.reopen();
  }

  /** How many chunks were not, or not wholly, written. */
  long failures() {
    return failures.get();
  }

  @Override
  public void close() {
    try {
      target.close();
    } catch (IOException e) {
      trouble.accept("tee: " + target + ": not closed: " + reason(e));
    }
  }

  private boolean skipToLine(ByteBuffer chunk) {
    int newline = newline(chunk);
    if (newline < 0) {
      return false;
    }
    chunk.position(newline + 1);
    skipping = false;
    return true;
  }

  private void renewBetweenLines(ByteBuffer chunk) throws IOException {
    if (!target.stale()) {
      return;
    }
    if (insideLine && !failed) {
      int newline = newline(chunk);
      if (newline < 0) {
        return;
      }
      int limit = chunk.limit();
      try {
        writeFully(chunk.limit(newline + 1));
      } finally {
        chunk.limit(limit);
      }
    }
    target.renew();
    insideLine = false;
  }

  private void endCutLine() throws IOException {
    if (failed && insideLine) {
      writeFully(ByteBuffer.wrap(new byte[] {'\n'}));
    }
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    WritableByteChannel channel = target.channel();
    while (bytes.hasRemaining()) {
      int before = bytes.position();
      channel.write(bytes);
      if (bytes.position() > before) {
        insideLine = bytes.get(bytes.position() - 1) != '\n';
      }
    }
  }

  private static int newline(ByteBuffer chunk) {
    for (int i = chunk.position(); i < chunk.limit(); i++) {
      if (chunk.get(i) == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
