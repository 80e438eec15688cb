package io.scribbler.consumer;

import java.util.AbstractList;
import java.util.Iterator;
import java.util.RandomAccess;

/**
 * Messages of one shard in its order; never empty. Good until the handler returns, like its
 * messages.
 *
 * <p>Only {@link #done} changes it; that is for the handler's thread.
 */
public final class MessageBatch implements Iterable<ConsumerMessage> {
  private final BatchData data;
  private final int[] selected;
  private final int from;
  private final int to;
  private int done;

  /** The messages with the numbers {@code selected[from]} to {@code selected[to - 1]}. */
  MessageBatch(BatchData data, int[] selected, int from, int to) {
    this.data = data;
    this.selected = selected;
    this.from = from;
    this.to = to;
  }

  /** The stream's name. */
  public String stream() {
    return data.stream;
  }

  /** The shard. */
  public String shardId() {
    return data.shardId;
  }

  /** The number of messages. */
  public int size() {
    return to - from;
  }

  /** The bytes of all messages. */
  public long bytes() {
    long bytes = 0;
    for (int i = from; i < to; i++) {
      bytes += data.length(selected[i]);
    }
    return bytes;
  }

  /** A message, from 0. */
  public ConsumerMessage get(int index) {
    if (index < 0 || index >= size()) {
      throw new IndexOutOfBoundsException(index + " of " + size() + " messages");
    }
    return new ConsumerMessage(data, selected[from + index]);
  }

  /** Behind the last message: what to commit when all are done. */
  public Position end() {
    return data.position(selected[to - 1]);
  }

  /**
   * Says that the first messages are done: should the handler fail after that, only the others are
   * handed over again.
   *
   * @param count how many; not less than said before
   */
  public void done(int count) {
    if (count < done || count > size()) {
      throw new IllegalArgumentException(count + " done, after " + done + " of " + size());
    }
    done = count;
  }

  int done() {
    return done;
  }

  /** The messages one after the other. */
  @Override
  public Iterator<ConsumerMessage> iterator() {
    return new Messages().iterator();
  }

  private final class Messages extends AbstractList<ConsumerMessage> implements RandomAccess {
    @Override
    public ConsumerMessage get(int index) {
      return MessageBatch.this.get(index);
    }

    @Override
    public int size() {
      return MessageBatch.this.size();
    }
  }
}
