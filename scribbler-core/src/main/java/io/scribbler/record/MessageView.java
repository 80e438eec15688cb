package io.scribbler.record;

import static io.scribbler.record.ProtoCursor.BYTES;
import static io.scribbler.record.ProtoCursor.VARINT;

/**
 * One message as it lies in a decompressed body.
 *
 * <pre>
 *   Messages { repeated Message message = 1; }
 *   Message  { bytes data = 1; uint32 time_delta_millis = 2; string key = 3;
 *              map&lt;string, string&gt; attributes = 4; }
 * </pre>
 */
final class MessageView {
  static final int MESSAGE = ProtoCursor.tag(1, BYTES);
  static final int DATA = ProtoCursor.tag(1, BYTES);
  static final int TIME_DELTA = ProtoCursor.tag(2, VARINT);
  static final int KEY = ProtoCursor.tag(3, BYTES);
  static final int ATTRIBUTES = ProtoCursor.tag(4, BYTES);

  // Owned by the reader's thread.
  private final Attributes attributeReader = new Attributes();
  int start;
  int end;
  int dataOffset;
  int dataLength;
  long timeDeltaMillis;
  int keyOffset;
  int keyLength;
  int attributes;

  /** Moves the cursor past the next message and reads it; false when there is no other. */
  boolean read(ProtoCursor in, boolean check) {
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == MESSAGE) {
        int length = in.length();
        start = in.position();
        end = start + length;
        int outer = in.limit(end);
        readFields(in, check);
        in.limit(outer);
        return true;
      }
      in.skip(tag);
    }
    return false;
  }

  private void readFields(ProtoCursor in, boolean check) {
    dataOffset = start;
    dataLength = 0;
    timeDeltaMillis = 0;
    keyLength = 0;
    attributes = 0;
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == DATA) {
        dataLength = in.length();
        dataOffset = in.position();
        in.advance(dataLength);
      } else if (tag == TIME_DELTA) {
        timeDeltaMillis = in.varint() & 0xffffffffL;
      } else if (tag == KEY) {
        keyLength = in.length();
        keyOffset = in.position();
        in.advance(keyLength);
        if (check) {
          Utf8.check(in.data(), keyOffset, keyLength, "key of a message");
        }
      } else if (tag == ATTRIBUTES) {
        int length = in.length();
        if (check) {
          checkAttribute(in.data(), in.position(), length);
        }
        in.advance(length);
        attributes++;
      } else {
        in.skip(tag);
      }
    }
  }

  private void checkAttribute(byte[] data, int offset, int length) {
    attributeReader.check(data, offset, offset + length);
    if (attributes == Limits.MAX_ATTRIBUTES) {
      throw new RecordFormatException(
          "a message with more than " + Limits.MAX_ATTRIBUTES + " attributes");
    }
  }
}
