package io.scribbler.record;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * A cursor over the messages of Kinesis records, whatever their format.
 *
 * <pre>{@code
 * try (RecordReader reader = new RecordReader()) {
 *   reader.open(bytes);
 *   while (reader.nextBlock()) {
 *     if (reader.block().topic().equals("impressions")) { // others are never decompressed
 *       while (reader.nextMessage()) {
 *         handle(reader.array(), reader.dataOffset(), reader.dataLength());
 *       }
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>Opening a record checks its envelope: version, the structure of each block's header, the
 * checksum of each body, the MD5 of an aggregate. So a broken record yields nothing. The first
 * {@link #nextMessage} of a block decompresses and checks the whole block, so a block yields all of
 * its messages or none. Either throws {@link RecordFormatException} with the reason; after that the
 * reader can go on to the next block or record.
 *
 * <p>It keeps its buffers and native contexts for the next record: one reader a thread, closed when
 * done. It isn't thread-safe. It reads the array that it was given and must not see it change
 * meanwhile. Whatever the bytes say, it holds no more than 16 MiB of decompressed data, an index of
 * four bytes for each key of an aggregate, and the attributes of one block.
 */
public final class RecordReader implements AutoCloseable {
  private static final byte[] NOTHING = new byte[0];

  // All fields belong to the one thread that uses the reader.
  private final FirehoseCursor firehose = new FirehoseCursor();
  private final KplCursor kpl = new KplCursor();
  private final PlainCursor plain = new PlainCursor();
  private byte[] copy = NOTHING;
  private BlockHeader header;

  /** The cursor of the record that is open; null when there is none, or it was refused. */
  private RecordCursor open;

  /** A reader without a record; {@link #open} gives it one. */
  public RecordReader() {}

  /** Opens a record; what its format doesn't tell is empty, its time 0. */
  public RecordReader open(byte[] data) {
    return open(data, 0, data.length);
  }

  /** Opens the record in a part of an array; what its format doesn't tell is empty, its time 0. */
  public RecordReader open(byte[] data, int offset, int length) {
    return open(data, offset, length, RecordContext.UNKNOWN);
  }

  /**
   * Opens the record between a buffer's position and limit, which stay as they are. What isn't
   * backed by an accessible array is copied.
   */
  public RecordReader open(ByteBuffer data) {
    return open(data, RecordContext.UNKNOWN);
  }

  /** Like {@link #open(ByteBuffer)}, with what the format doesn't tell. */
  public RecordReader open(ByteBuffer data, RecordContext context) {
    int length = data.remaining();
    if (data.hasArray()) {
      return open(data.array(), data.arrayOffset() + data.position(), length, context);
    }
    if (copy.length < length) {
      copy = new byte[length];
    }
    data.get(data.position(), copy, 0, length);
    return open(copy, 0, length, context);
  }

  /**
   * Opens a record.
   *
   * @param context what {@code kpl} and {@code plain} messages take from outside
   * @throws RecordFormatException if it can't be read; then there is nothing to iterate
   */
  public RecordReader open(byte[] data, int offset, int length, RecordContext context) {
    Objects.checkFromIndexSize(offset, length, data.length);
    Objects.requireNonNull(context, "context");
    header = null;
    open = null;
    RecordCursor cursor =
        switch (RecordFormat.of(data, offset, length)) {
          case FIREHOSE -> firehose;
          case KPL -> kpl;
          case PLAIN -> plain;
        };
    cursor.open(data, offset, length, context);
    open = cursor;
    return this;
  }

  /** The format of the open record. */
  public RecordFormat format() {
    return cursor().format();
  }

  /**
   * Moves to the next block, past what wasn't read of this one; what isn't read is never
   * decompressed.
   *
   * @return false when there is none
   */
  public boolean nextBlock() {
    header = null;
    return open != null && open.nextBlock();
  }

  /** The header of the current block. */
  public BlockHeader block() {
    if (header == null) {
      header = cursor().block();
    }
    return header;
  }

  /**
   * Moves to the next message of the current block.
   *
   * @return false when there is none
   * @throws RecordFormatException if the block can't be read; it yields no message then
   */
  public boolean nextMessage() {
    return open != null && open.nextMessage();
  }

  /** The array that holds the current message; only good until the next move, and to be read. */
  public byte[] array() {
    return cursor().array;
  }

  /** Where in {@link #array} the current message begins. */
  public int dataOffset() {
    return cursor().dataOffset;
  }

  /** The bytes of the current message. */
  public int dataLength() {
    return cursor().dataLength;
  }

  /** The current message's sequence, an unsigned number; -1 in a block without identity. */
  public long sequence() {
    return cursor().sequence;
  }

  /** The current message's time, milliseconds since 1970. */
  public long timeMillis() {
    return cursor().timeMillis;
  }

  /** The current message's key; empty when it has none. */
  public String key() {
    return cursor().key();
  }

  /** The current message's attributes: its block's with its own on top; unmodifiable. */
  public Map<String, String> attributes() {
    return cursor().attributes();
  }

  /** The explicit hash key that an aggregate names for the current message; null when none. */
  public String explicitHashKey() {
    return cursor().explicitHashKey();
  }

  /** The current message as a value of its own, its bytes copied. */
  public Message message() {
    BlockHeader block = block();
    int from = dataOffset();
    return new Message(
        block.topic(),
        block.producer(),
        block.epoch(),
        sequence(),
        timeMillis(),
        key(),
        attributes(),
        Arrays.copyOfRange(array(), from, from + dataLength()));
  }

  /** All messages of a record; what its format doesn't tell is empty, its time 0. */
  public static Iterable<Message> messages(byte[] data) {
    return messages(data, RecordContext.UNKNOWN);
  }

  /**
   * All messages of a record, one after the other as they are asked for. The iterator throws {@link
   * RecordFormatException} where the reader would, and may be dropped at any point.
   *
   * @param context what {@code kpl} and {@code plain} messages take from outside
   */
  public static Iterable<Message> messages(byte[] data, RecordContext context) {
    return () -> new MessageIterator(new RecordReader().open(data, 0, data.length, context));
  }

  /** Lets go of native memory, the record and the buffers; a later {@link #open} begins anew. */
  @Override
  public void close() {
    releaseNative();
    header = null;
    open = null;
    copy = NOTHING;
    firehose.release();
    kpl.release();
    plain.release();
  }

  void releaseNative() {
    firehose.releaseNative();
  }

  private RecordCursor cursor() {
    if (open == null) {
      throw new IllegalStateException("no record is open");
    }
    return open;
  }
}
