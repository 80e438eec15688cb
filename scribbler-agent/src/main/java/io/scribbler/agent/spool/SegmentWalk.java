package io.scribbler.agent.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Finds all elements of a file by what they say of themselves. Tape's header is only asked where
 * the committed ones end: what is broken before that is damage, what is broken behind it is an
 * append that a crash cut off, which nobody was told of.
 */
final class SegmentWalk {
  private static final int CHUNK = 64 << 10;
  private static final byte[] ZEROS = new byte[CHUNK];

  private final SegmentReader file;
  private final ElementVisitor visitor;
  private final long size;
  private final TapeHeader tape; // null when it is damaged

  // Owned by the walking thread.
  private long end = TapeHeader.SIZE; // of what was found so far
  private int lastIndex = -1;
  private int uncommitted;
  private boolean headerDamaged;
  private long dirtyEnd; // behind the last byte that the last search found not to be zero

  SegmentWalk(SegmentReader file, ElementVisitor visitor) throws IOException {
    this.file = file;
    this.visitor = visitor;
    this.size = file.size();
    this.tape = file.tapeHeader();
  }

  void run() throws IOException {
    headerDamaged = tape == null;
    SegmentReader.Found found = next();
    while (found != null) {
      visit(found);
      found = next();
    }
    tail();
    if (headerDamaged || uncommitted > 1) {
      visitor.damaged(0, Math.min(size, TapeHeader.SIZE), "the file's header");
    }
  }

  private void visit(SegmentReader.Found found) {
    Slot slot = found.slot();
    if (slot.offset() > end) {
      visitor.damaged(end, slot.offset(), "no intact element");
    }
    boolean committed = tape == null || tape.commits(slot.offset());
    if (committed && !found.tapeAgrees()) {
      visitor.damaged(slot.offset(), slot.offset() + (long) Integer.BYTES, "an element's length");
    }
    if (!committed) {
      uncommitted++;
    }
    if (tape != null) {
      boolean miscounted = tape.last() == slot.offset() && tape.count() - 1 != slot.index();
      boolean pointsInside = slot.offset() < tape.last() && tape.last() < slot.end();
      headerDamaged |= miscounted || pointsInside;
    }
    visitor.element(slot, found.header());
    end = slot.end();
    lastIndex = slot.index();
  }

  /** The next element behind what was found so far; null when there is none. */
  private SegmentReader.Found next() throws IOException {
    SegmentReader.Found found = wholeAt(end);
    return found != null ? found : search(end + 1);
  }

  /**
   * Of an element that isn't committed, the data must be whole too. One whose index is not behind
   * those before it is none.
   */
  private SegmentReader.Found wholeAt(long at) throws IOException {
    SegmentReader.Found found = file.find(at);
    if (found == null || found.slot().index() <= lastIndex) {
      return null;
    }
    if (tape == null || tape.commits(at)) {
      return found;
    }
    return file.dataIntact(found) ? found : null;
  }

  private SegmentReader.Found search(long from) throws IOException {
    dirtyEnd = 0;
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    long at = from - 1 + Integer.BYTES; // an element's magic lies behind its length
    while (at < size) {
      file.fill(chunk.clear(), at);
      chunk.flip();
      int length = chunk.limit();
      if (Arrays.mismatch(chunk.array(), 0, length, ZEROS, 0, length) >= 0) {
        dirtyEnd = at + lastNonZero(chunk) + 1;
        for (int i = 0; i + Integer.BYTES <= length; i++) {
          if (chunk.getInt(i) == ElementPrefix.MAGIC) {
            SegmentReader.Found found = wholeAt(at + i - Integer.BYTES);
            if (found != null) {
              return found;
            }
          }
        }
      }
      if (length < CHUNK) {
        break;
      }
      at += length - (Integer.BYTES - 1); // a magic may lie across two chunks
    }
    return null;
  }

  private static int lastNonZero(ByteBuffer chunk) {
    int last = chunk.limit() - 1;
    while (chunk.get(last) == 0) {
      last--;
    }
    return last;
  }

  /** What lies behind the last element. */
  private void tail() {
    if (tape == null) {
      if (dirtyEnd > end) {
        visitor.damaged(end, dirtyEnd, "no intact element");
      }
      return;
    }
    if (tape.commits(end)) {
      visitor.damaged(end, Math.max(dirtyEnd, tape.last() + Integer.BYTES), "no intact element");
    }
    if (size < tape.fileLength()) {
      visitor.damaged(size, tape.fileLength(), "the file was cut short");
    } else if (size > tape.fileLength()) {
      headerDamaged = true;
    }
  }
}
