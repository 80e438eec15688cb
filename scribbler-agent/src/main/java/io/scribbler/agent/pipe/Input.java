package io.scribbler.agent.pipe;

import io.scribbler.agent.config.Framing;
import java.io.IOException;
import java.io.InputStream;

/**
 * Standard input, split into messages: lines, without those that are empty, or messages after their
 * length. One thread's.
 */
final class Input {
  private static final int CHUNK = 64 * 1024;

  private final InputStream stream;
  private final Framing framing;
  private final Backlog backlog;
  private final Runnable flush;
  private final byte[] chunk = new byte[CHUNK];

  private boolean inMessage; // bytes of it came
  private boolean skipping; // the rest of a message that is dropped
  private int headerBytes; // seen of a length
  private long left; // of a message whose length is known
  private Backlog.Added refusal; // why bytes were not kept

  /**
   * @param flush is run when messages were added
   */
  Input(InputStream stream, Framing framing, Backlog backlog, Runnable flush) {
    this.stream = stream;
    this.framing = framing;
    this.backlog = backlog;
    this.flush = flush;
  }

  /** Why the input is no longer read. */
  enum End {
    /** It has ended, or nothing more is taken of it. */
    ENDED,
    /** It has ended inside a message. */
    CUT,
    /** There was no room for too long. */
    TIMED_OUT
  }

  /** Reads to the end. */
  End readAll() throws IOException, InterruptedException {
    int length = stream.read(chunk);
    while (length >= 0) {
      if (!backlog.beginChunk()) {
        return End.ENDED;
      }
      Backlog.Added added = framing == Framing.LINES ? lines(length) : lengths(length);
      backlog.endChunk();
      flush.run();
      if (added == Backlog.Added.BROKEN) {
        return End.ENDED;
      }
      if (added == Backlog.Added.TIMED_OUT) {
        return End.TIMED_OUT;
      }
      length = stream.read(chunk);
    }
    if (framing == Framing.LENGTH) {
      return headerBytes > 0 ? End.CUT : End.ENDED;
    }
    if (inMessage) {
      endMessage();
      flush.run();
    }
    return End.ENDED;
  }

  private Backlog.Added lines(int length) throws InterruptedException {
    int from = 0;
    while (from < length) {
      int to = from;
      while (to < length && chunk[to] != '\n') {
        to++;
      }
      if (to > from && !add(from, to - from)) {
        return refusal;
      }
      if (to < length && inMessage) {
        endMessage();
      }
      from = to + 1;
    }
    return Backlog.Added.KEPT;
  }

  private Backlog.Added lengths(int length) throws InterruptedException {
    int from = 0;
    while (from < length) {
      if (headerBytes < Ring.HEADER) {
        left = (headerBytes == 0 ? 0 : left << 8) | (chunk[from++] & 0xff);
        headerBytes++;
      } else {
        int part = (int) Math.min(left, length - from);
        if (!add(from, part)) {
          return refusal;
        }
        from += part;
        left -= part;
      }
      if (headerBytes == Ring.HEADER && left == 0) {
        if (!inMessage && !add(from, 0)) {
          return refusal;
        }
        endMessage();
        headerBytes = 0;
      }
    }
    return Backlog.Added.KEPT;
  }

  private boolean add(int from, int length) throws InterruptedException {
    inMessage = true;
    if (skipping) {
      return true;
    }
    Backlog.Added added = backlog.add(chunk, from, length);
    if (added == Backlog.Added.KEPT) {
      return true;
    }
    if (added == Backlog.Added.DROPPED) {
      skipping = true;
      return true;
    }
    refusal = added;
    return false;
  }

  private void endMessage() {
    if (!skipping) {
      backlog.end();
    }
    skipping = false;
    inMessage = false;
  }
}
