package io.scribbler.record;

import static io.scribbler.record.ProtoCursor.BYTES;
import static io.scribbler.record.ProtoCursor.FIXED32;
import static io.scribbler.record.ProtoCursor.FIXED64;
import static io.scribbler.record.ProtoCursor.VARINT;

import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The header of one block, as it lies in the record.
 *
 * <pre>
 *   Block { string topic = 1; string producer = 2; fixed64 epoch = 3; uint64 first_sequence = 4;
 *           uint32 count = 5; int64 base_time_millis = 6; Codec codec = 7; uint32 raw_size = 8;
 *           fixed32 crc32c = 9; bytes body = 10; map&lt;string, string&gt; attributes = 11; }
 * </pre>
 *
 * <p>Only the body has a checksum, so that a broken header must show in other ways: a field of the
 * wrong wire type is refused rather than passed over, and so is a block without a message.
 */
final class BlockView {
  static final int TOPIC = ProtoCursor.tag(1, BYTES);
  static final int PRODUCER = ProtoCursor.tag(2, BYTES);
  static final int EPOCH = ProtoCursor.tag(3, FIXED64);
  static final int FIRST_SEQUENCE = ProtoCursor.tag(4, VARINT);
  static final int COUNT = ProtoCursor.tag(5, VARINT);
  static final int BASE_TIME = ProtoCursor.tag(6, VARINT);
  static final int CODEC = ProtoCursor.tag(7, VARINT);
  static final int RAW_SIZE = ProtoCursor.tag(8, VARINT);
  static final int CRC32C = ProtoCursor.tag(9, FIXED32);
  static final int BODY = ProtoCursor.tag(10, BYTES);
  static final int ATTRIBUTES = ProtoCursor.tag(11, BYTES);
  private static final int LAST_FIELD = 11;

  // Owned by the reader's thread.
  private final Attributes attributeReader = new Attributes();
  private final CRC32C crc = new CRC32C();
  private byte[] data = new byte[0];
  private int start;
  private int end;
  private int topicOffset;
  private int topicLength;
  private int producerOffset;
  private int producerLength;
  private int attributes;
  private int crc32c;
  private long codecNumber;
  private long announcedCount;
  private long announcedRawSize;
  long epoch;
  long firstSequence;
  int count;
  long baseTimeMillis;
  Codec codec = Codec.NONE;
  int rawSize;
  int bodyOffset;
  int bodyLength;

  /** Reads the block that begins at the cursor and is {@code length} bytes, and checks it. */
  void read(ProtoCursor in, int length) {
    clear(in, length);
    int outer = in.limit(end);
    while (!in.atEnd()) {
      readField(in);
    }
    in.limit(outer);
    check();
  }

  /** Refuses a body that isn't what the writer made a checksum of. */
  void checkBody() {
    crc.reset();
    crc.update(data, bodyOffset, bodyLength);
    if ((int) crc.getValue() != crc32c) {
      throw new RecordFormatException("the checksum of the body does not match");
    }
  }

  BlockHeader header() {
    return new BlockHeader(
        Utf8.decode(data, topicOffset, topicLength),
        Utf8.decode(data, producerOffset, producerLength),
        epoch,
        firstSequence,
        count,
        baseTimeMillis,
        codec,
        rawSize,
        attributes == 0 ? Map.of() : attributeReader.read(data, start, end, ATTRIBUTES, Map.of()));
  }

  void release() {
    data = new byte[0];
  }

  private void clear(ProtoCursor in, int length) {
    data = in.data();
    start = in.position();
    end = start + length;
    topicLength = 0;
    producerLength = 0;
    attributes = 0;
    crc32c = 0;
    codecNumber = 0;
    announcedCount = 0;
    announcedRawSize = 0;
    epoch = 0;
    firstSequence = 0;
    baseTimeMillis = 0;
    bodyOffset = start;
    bodyLength = 0;
  }

  private void readField(ProtoCursor in) {
    int tag = in.tag();
    if (tag == TOPIC) {
      topicLength = in.length();
      topicOffset = in.position();
      Utf8.check(data, topicOffset, topicLength, "topic");
      in.advance(topicLength);
    } else if (tag == PRODUCER) {
      producerLength = in.length();
      producerOffset = in.position();
      Utf8.check(data, producerOffset, producerLength, "producer");
      in.advance(producerLength);
    } else if (tag == EPOCH) {
      epoch = in.fixed64();
    } else if (tag == FIRST_SEQUENCE) {
      firstSequence = in.varint();
    } else if (tag == COUNT) {
      announcedCount = in.varint();
    } else if (tag == BASE_TIME) {
      baseTimeMillis = in.varint();
    } else if (tag == CODEC) {
      codecNumber = in.varint();
    } else if (tag == RAW_SIZE) {
      announcedRawSize = in.varint();
    } else if (tag == CRC32C) {
      crc32c = in.fixed32();
    } else if (tag == BODY) {
      bodyLength = in.length();
      bodyOffset = in.position();
      in.advance(bodyLength);
    } else if (tag == ATTRIBUTES) {
      int length = in.length();
      attributeReader.check(data, in.position(), in.position() + length);
      in.advance(length);
      attributes++;
    } else if (tag >>> 3 <= LAST_FIELD) {
      throw new RecordFormatException(
          "not a record: field " + (tag >>> 3) + " of a block has the wrong wire type");
    } else {
      in.skip(tag);
    }
  }

  private void check() {
    if (topicLength == 0) {
      throw new RecordFormatException("no topic");
    }
    if (codecNumber != (int) codecNumber) {
      throw new RecordFormatException("unknown codec " + Long.toUnsignedString(codecNumber));
    }
    codec = Codec.of((int) codecNumber);
    if (Long.compareUnsigned(announcedRawSize, Limits.MAX_RAW_SIZE) > 0) {
      throw new RecordFormatException(
          "raw_size over the bound: "
              + Long.toUnsignedString(announcedRawSize)
              + " bytes, "
              + Limits.MAX_RAW_SIZE
              + " are allowed");
    }
    rawSize = (int) announcedRawSize;
    if (Long.compareUnsigned(announcedCount, rawSize / Limits.MIN_MESSAGE_SIZE) > 0) {
      throw new RecordFormatException(
          "raw_size does not match the count: "
              + rawSize
              + " bytes can't hold "
              + Long.toUnsignedString(announcedCount)
              + " messages");
    }
    if (announcedCount == 0) {
      throw new RecordFormatException("no message in the block");
    }
    count = (int) announcedCount;
    if (codec == Codec.NONE && bodyLength != rawSize) {
      throw new RecordFormatException(
          "raw_size does not match: " + rawSize + " announced, the body has " + bodyLength);
    }
    if (attributes > Limits.MAX_ATTRIBUTES) {
      throw new RecordFormatException(
          "more than " + Limits.MAX_ATTRIBUTES + " attributes: " + attributes);
    }
  }
}
