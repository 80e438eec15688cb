package io.scribbler.consumer;

import io.scribbler.record.BlockHeader;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;

/**
 * Takes the records of a shard apart and fills batches with the messages that are wanted. What is
 * not wanted is never decompressed. Owned by the shard's reading thread.
 */
final class RecordDecoder implements AutoCloseable {
  /** What a message costs beside its bytes. */
  private static final int MESSAGE_BYTES = 48;

  private static final byte[] NOTHING = new byte[0];

  /** Where batches go and memory comes from. */
  interface Output {
    /** Takes the memory of a batch if there is so much. */
    boolean tryReserve(long bytes);

    /** Waits for memory while no batch is being filled; false when nothing more is wanted. */
    boolean reserve(long bytes) throws InterruptedException;

    /** Counts memory that was taken already. */
    void charge(long bytes);

    BatchData emptyData();

    void batch(Batch batch);
  }

  private final String stream;
  private final ProcessingSettings settings;
  private final ShardCounters counters;
  private final Output output;
  private final RecordReader reader = new RecordReader();
  private final FieldProjection projection;
  private BatchData filling;
  private long reserved;
  private Position end;
  private long arrivalMillis;

  RecordDecoder(String stream, ProcessingSettings settings, ShardCounters counters, Output output) {
    this.stream = stream;
    this.settings = settings;
    this.counters = counters;
    this.output = output;
    this.projection = settings.fields().isEmpty() ? null : new FieldProjection(settings.fields());
  }

  /**
   * Takes one record apart.
   *
   * @param done how many of its messages are done already
   * @return false when nothing more is wanted
   */
  boolean decode(StreamRecord record, long done) throws InterruptedException {
    byte[] data = record.data();
    RecordContext context =
        new RecordContext(stream, record.partitionKey(), record.arrivalMillis());
    long index = 0;
    try {
      reader.open(data, 0, data.length, context);
      while (reader.nextBlock()) {
        int count = reader.block().count();
        if (index + count > done && settings.topics().wants(reader.block().topic())) {
          if (!makeRoom(reader.block())) {
            return false;
          }
          try {
            if (!fill(record, index, done)) {
              return false;
            }
          } catch (RecordFormatException e) {
            unreadable(record, index + count, e);
          }
        }
        index += count;
        passed(record, index);
      }
    } catch (RecordFormatException e) {
      if (index >= done) {
        unreadable(record, index + 1, e);
      }
      index++;
    }
    passed(record, index);
    return true;
  }

  private void passed(StreamRecord record, long index) {
    end = new Position(record.sequenceNumber(), index);
    arrivalMillis = record.arrivalMillis();
    if (filling != null && isFull()) {
      flush(-1);
    }
  }

  private boolean isFull() {
    return filling.count() >= settings.batchMessages()
        || filling.size() + filling.extraBytes() >= settings.batchBytes();
  }

  /** Memory for a block; a batch that is being filled is handed on rather than kept waiting. */
  private boolean makeRoom(BlockHeader block) throws InterruptedException {
    long bytes = block.rawSize() + (long) MESSAGE_BYTES * block.count();
    if (!output.tryReserve(bytes)) {
      flush(-1);
      if (!output.reserve(bytes)) {
        return false;
      }
    }
    reserved += bytes;
    if (filling == null) {
      filling = output.emptyData();
    }
    return true;
  }

  /** Takes the messages of a block; false when nothing more is wanted. */
  private boolean fill(StreamRecord record, long firstIndex, long done)
      throws InterruptedException {
    StreamRecord origin = projection == null ? withoutData(record) : record;
    boolean begun = false;
    for (long index = firstIndex; reader.nextMessage(); index++) {
      if (index < done) {
        continue;
      }
      if (!begun) {
        filling.from(reader.block(), origin);
        begun = true;
      }
      add((int) index);
      if (isFull()) {
        if (!flushWithin(record, index + 1)) {
          return false;
        }
        begun = false;
      }
    }
    return true;
  }

  /** Messages need to know where they come from, not all that came with them. */
  private static StreamRecord withoutData(StreamRecord record) {
    return new StreamRecord(
        record.sequenceNumber(), record.partitionKey(), record.arrivalMillis(), NOTHING);
  }

  /** Hands on a batch that ends within a block, and goes on with the next when there is room. */
  private boolean flushWithin(StreamRecord record, long index) throws InterruptedException {
    end = new Position(record.sequenceNumber(), index);
    arrivalMillis = record.arrivalMillis();
    long left = Math.max(0, reserved - bytesFilled());
    reserved -= left;
    boolean more = filling.extraBytes() > 0;
    flush(-1);
    reserved = left;
    if (more) {
      // Keys and attributes were not foreseen: no further before the shard is within its share.
      if (!output.reserve(1)) {
        return false;
      }
      reserved++;
    }
    filling = output.emptyData();
    return true;
  }

  private long bytesFilled() {
    return filling.size() + filling.extraBytes() + (long) MESSAGE_BYTES * filling.count();
  }

  private void add(int index) {
    if (projection == null) {
      filling.add(reader, index);
    } else if (projection.project(reader.array(), reader.dataOffset(), reader.dataLength())) {
      filling.add(reader, index, projection.array(), 0, projection.size());
    } else {
      counters.unprojected.increment();
      filling.add(reader, index);
    }
  }

  private void unreadable(StreamRecord record, long behind, RecordFormatException cause) {
    counters.unreadable.increment();
    flush(-1);
    Position position = new Position(record.sequenceNumber(), behind);
    output.batch(
        new Batch(
            null,
            new Batch.Unreadable(record, position, cause),
            position,
            record.arrivalMillis(),
            0,
            -1));
    end = null;
  }

  /** Hands on what was taken apart so far, be it only a position. */
  void flush(long millisBehind) {
    if (end == null) {
      return; // at most a block that turned out unreadable; its memory goes with the next batch
    }
    BatchData data = filling;
    if (data != null && bytesFilled() > reserved) {
      output.charge(bytesFilled() - reserved);
      reserved = bytesFilled();
    }
    filling = null;
    long bytes = reserved;
    reserved = 0;
    output.batch(new Batch(data, null, end, arrivalMillis, bytes, millisBehind));
    end = null;
  }

  /** Lets go of native memory and of a batch that is not handed on. */
  @Override
  public void close() {
    reader.close();
    filling = null;
  }
}
