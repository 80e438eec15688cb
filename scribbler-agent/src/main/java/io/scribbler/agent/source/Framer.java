package io.scribbler.agent.source;

import io.scribbler.agent.batch.MemoryBudget;
import java.nio.ByteBuffer;

/**
 * Splits one connection's bytes into messages. Whole messages are given on from the read buffer as
 * they lie; only one that spans two reads is gathered first, in bytes taken from the memory budget.
 * Owned by the source's thread.
 *
 * <p>Use: {@link #prepare}, read into a buffer, then {@link #feed} until it returns true.
 */
abstract sealed class Framer permits LineFramer, LengthFramer {
  /** How much is kept of a message that is longer than the limit. */
  static final int KEPT_OF_TOO_LONG = 64 * 1024;

  private static final int SMALLEST = 4096;

  private final MemoryBudget memory;
  final int maxMessage;

  private ByteBuffer partial; // null while no message is unfinished
  private int partialLength; // bytes gathered in `partial`
  private long unfinishedLength; // bytes seen of the unfinished message, kept or not
  private boolean finished; // the gathered message is whole, but could not be given on yet
  private long reserved; // of the budget

  Framer(MemoryBudget memory, int maxMessage) {
    this.memory = memory;
    this.maxMessage = maxMessage;
  }

  /**
   * Makes sure that {@code bytes} more can be gathered.
   *
   * @return false if the budget for unfinished messages is used up: don't read from this connection
   *     now
   */
  final boolean prepare(int bytes) {
    long needed = capacityFor(unfinishedLength + bytes);
    if (needed <= reserved) {
      return true;
    }
    if (memory.tryReservePartial(needed - reserved)) {
      reserved = needed;
      return true;
    }
    return false;
  }

  /** As {@link #prepare}, for the one connection that may pass the limit so that all can go on. */
  final void prepareBeyondLimit(int bytes) {
    long needed = capacityFor(unfinishedLength + bytes);
    if (needed > reserved) {
      memory.forcePartial(needed - reserved);
      reserved = needed;
    }
  }

  /**
   * Takes the bytes between the buffer's position and limit, and moves the position past what is
   * done.
   *
   * @return false if the sink had no memory; call again with the same buffer when it has
   */
  abstract boolean feed(ByteBuffer buffer, MessageSink sink);

  /**
   * Ends the input.
   *
   * @return false if the sink had no memory; call again
   */
  abstract boolean end(MessageSink sink);

  /** Gives back what was prepared and not needed. */
  final void settle() {
    int held = partial == null ? 0 : partial.capacity();
    if (held < reserved) {
      memory.releasePartial(reserved - held);
      reserved = held;
    }
  }

  /** Forgets the unfinished message and gives back what it took of the memory budget. */
  final void release() {
    forget();
    settle();
  }

  /** What was prepared stays, since the rest of the chunk may begin a message. */
  private void forget() {
    partial = null;
    partialLength = 0;
    unfinishedLength = 0;
    finished = false;
  }

  /** Bytes seen of a message that is not whole yet. */
  final long unfinishedLength() {
    return unfinishedLength;
  }

  /** Whether the input ended inside a message, which is not taken then. */
  abstract boolean incomplete();

  final boolean gathering() {
    return unfinishedLength > 0 || finished;
  }

  final boolean finished() {
    return finished;
  }

  final void gather(ByteBuffer buffer, int position, int length) {
    unfinishedLength += length;
    boolean fits = unfinishedLength <= maxMessage;
    int kept = fits ? length : Math.min(length, Math.max(0, KEPT_OF_TOO_LONG - partialLength));
    if (kept == 0) {
      return;
    }
    int capacity = partial == null ? 0 : partial.capacity();
    if (partialLength + kept > capacity) {
      ByteBuffer grown = ByteBuffer.allocate(capacityFor(partialLength + (long) kept));
      if (partial != null) {
        grown.put(0, partial, 0, partialLength);
      }
      partial = grown;
    }
    partial.put(partialLength, buffer, position, kept);
    partialLength += kept;
  }

  /** Gives the gathered message on; false if the sink had no memory. */
  final boolean finish(MessageSink sink) {
    finished = true;
    ByteBuffer bytes = partial == null ? ByteBuffer.allocate(0) : partial;
    boolean taken =
        unfinishedLength > maxMessage
            ? sink.tooLong(bytes, 0, Math.min(partialLength, KEPT_OF_TOO_LONG), unfinishedLength)
            : sink.message(bytes, 0, partialLength);
    if (taken) {
      forget();
    }
    return taken;
  }

  /** What is allocated to gather so many bytes: no more than is ever kept of a message. */
  private int capacityFor(long bytes) {
    long most = Math.max(maxMessage, KEPT_OF_TOO_LONG);
    return (int) Math.min(most, Math.max(SMALLEST, Long.highestOneBit(bytes - 1) << 1));
  }
}
