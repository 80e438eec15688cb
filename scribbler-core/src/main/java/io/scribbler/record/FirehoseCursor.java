package io.scribbler.record;

import java.util.Map;

/**
 * The cursor over a record of our own format.
 *
 * <pre>
 *   0      2         3          4
 *   +------+---------+----------+-----------------------------------+
 *   | F1 5C| version | reserved | Record { repeated Block blocks=1 }|
 *   +------+---------+----------+-----------------------------------+
 *            1         0, ignored
 * </pre>
 */
final class FirehoseCursor extends RecordCursor {
  static final int VERSION = 1;
  static final int HEADER_SIZE = 4;
  static final int BLOCKS = ProtoCursor.tag(1, ProtoCursor.BYTES);

  // Owned by the reader's thread.
  private final ProtoCursor record = new ProtoCursor();
  private final ProtoCursor body = new ProtoCursor();
  private final BlockView block = new BlockView();
  private final MessageView message = new MessageView();
  private final BodyDecoder decoder = new BodyDecoder();
  private final Attributes attributeReader = new Attributes();
  private BlockHeader header;
  private String key;
  private int blockNumber;
  private int messageNumber;

  /** Where the current block is: before the first, not yet decoded, decoded, or used up. */
  private State state = State.DONE;

  private enum State {
    ENCODED,
    DECODED,
    DONE
  }

  @Override
  RecordFormat format() {
    return RecordFormat.FIREHOSE;
  }

  @Override
  void open(byte[] data, int offset, int length, RecordContext context) {
    begin(data, offset, length);
    if (length < HEADER_SIZE) {
      throw new RecordFormatException("cut short: " + length + " bytes, the header alone has 4");
    }
    int version = data[offset + 2] & 0xff;
    if (version != VERSION) {
      throw new RecordFormatException("unknown version " + version);
    }
    while (readBlock()) {
      try {
        block.checkBody();
      } catch (RecordFormatException e) {
        throw inBlock(e);
      }
    }
    if (blockNumber == 0) {
      throw new RecordFormatException("no block in the record");
    }
    begin(data, offset, length);
  }

  private void begin(byte[] data, int offset, int length) {
    record.reset(data, offset + Math.min(length, HEADER_SIZE), offset + length);
    blockNumber = 0;
    state = State.DONE;
  }

  @Override
  boolean nextBlock() {
    header = null;
    boolean there = readBlock();
    state = there ? State.ENCODED : State.DONE;
    return there;
  }

  private boolean readBlock() {
    while (!record.atEnd()) {
      int tag = record.tag();
      if (tag == BLOCKS) {
        int length = record.length();
        blockNumber++;
        try {
          block.read(record, length);
        } catch (RecordFormatException e) {
          throw inBlock(e);
        }
        return true;
      }
      record.skip(tag);
    }
    return false;
  }

  @Override
  BlockHeader block() {
    if (header == null) {
      if (blockNumber == 0) {
        throw new IllegalStateException("no block is read yet: call nextBlock first");
      }
      header = block.header();
    }
    return header;
  }

  @Override
  boolean nextMessage() {
    if (state == State.ENCODED) {
      decode();
    }
    if (state == State.DONE) {
      return false;
    }
    if (!message.read(body, false)) {
      state = State.DONE;
      return false;
    }
    key = null;
    dataOffset = message.dataOffset;
    dataLength = message.dataLength;
    timeMillis = block.baseTimeMillis + message.timeDeltaMillis;
    sequence = block.firstSequence + messageNumber++;
    return true;
  }

  /** Decompresses the block and walks over all of it, so that it yields everything or nothing. */
  private void decode() {
    state = State.DONE;
    try {
      decoder.decode(block, record.data());
      array = decoder.array;
      int end = decoder.offset + block.rawSize;
      body.reset(array, decoder.offset, end);
      int messages = 0;
      while (message.read(body, true)) {
        messages++;
      }
      if (messages != block.count) {
        throw new RecordFormatException(
            "count does not match: " + block.count + " announced, " + messages + " there");
      }
      body.reset(array, decoder.offset, end);
    } catch (RecordFormatException e) {
      throw inBlock(e);
    }
    messageNumber = 0;
    state = State.DECODED;
  }

  @Override
  String key() {
    if (key == null) {
      key = Utf8.decode(array, message.keyOffset, message.keyLength);
    }
    return key;
  }

  @Override
  Map<String, String> attributes() {
    Map<String, String> base = block().attributes();
    return message.attributes == 0
        ? base
        : attributeReader.read(array, message.start, message.end, MessageView.ATTRIBUTES, base);
  }

  @Override
  void release() {
    super.release();
    record.reset(array, 0, 0);
    body.reset(array, 0, 0);
    block.release();
    decoder.release();
    header = null;
    state = State.DONE;
  }

  void releaseNative() {
    decoder.close();
  }

  private RecordFormatException inBlock(RecordFormatException e) {
    return new RecordFormatException("block " + blockNumber + ": " + e.getMessage(), e);
  }
}
