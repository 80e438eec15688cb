package io.scribbler.record;

import java.util.Map;

/** The cursor over one format's records, and the fields of the message that it stands on. */
abstract class RecordCursor {
  // Owned by the reader's thread, like everything in a subclass.
  byte[] array = new byte[0];
  int dataOffset;
  int dataLength;
  long sequence = -1;
  long timeMillis;

  abstract RecordFormat format();

  abstract void open(byte[] data, int offset, int length, RecordContext context);

  abstract boolean nextBlock();

  abstract BlockHeader block();

  abstract boolean nextMessage();

  abstract String key();

  abstract Map<String, String> attributes();

  String explicitHashKey() {
    return null;
  }

  /** Lets go of native memory and of the record; the cursor can be opened again. */
  void release() {
    array = new byte[0];
  }
}
