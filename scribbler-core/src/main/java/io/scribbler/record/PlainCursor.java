package io.scribbler.record;

import java.util.Map;

/** A {@code plain} record: all of its bytes are one message. */
final class PlainCursor extends RecordCursor {
  private RecordContext context = RecordContext.UNKNOWN;
  private boolean blockRead;
  private boolean messageRead;

  @Override
  RecordFormat format() {
    return RecordFormat.PLAIN;
  }

  @Override
  void open(byte[] data, int offset, int length, RecordContext recordContext) {
    array = data;
    dataOffset = offset;
    dataLength = length;
    context = recordContext;
    timeMillis = recordContext.arrivalMillis();
    blockRead = false;
    messageRead = false;
  }

  @Override
  boolean nextBlock() {
    messageRead = blockRead;
    blockRead = true;
    return !messageRead;
  }

  @Override
  BlockHeader block() {
    return new BlockHeader(
        context.topic(), null, 0, -1, 1, timeMillis, Codec.NONE, dataLength, Map.of());
  }

  @Override
  boolean nextMessage() {
    boolean there = blockRead && !messageRead;
    messageRead = true;
    return there;
  }

  @Override
  String key() {
    return context.partitionKey();
  }

  @Override
  Map<String, String> attributes() {
    return Map.of();
  }
}
