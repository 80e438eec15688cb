package io.scribbler.record;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The messages of one record as values. It holds no native memory between two calls, so that it may
 * be dropped half read.
 */
final class MessageIterator implements Iterator<Message> {
  private final RecordReader reader;
  private boolean inBlock;
  private boolean ready;

  MessageIterator(RecordReader reader) {
    this.reader = reader;
  }

  @Override
  public boolean hasNext() {
    while (!ready) {
      if (inBlock && reader.nextMessage()) {
        ready = true;
      } else {
        inBlock = reader.nextBlock();
        if (!inBlock) {
          return false;
        }
        ready = firstOfBlock();
      }
    }
    return true;
  }

  private boolean firstOfBlock() {
    try {
      return reader.nextMessage();
    } finally {
      reader.releaseNative();
    }
  }

  @Override
  public Message next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    ready = false;
    return reader.message();
  }
}
