package io.scribbler.consumer;

import io.scribbler.record.RecordReader;
import java.util.Arrays;

/** What a message was before a {@link FieldProjection}. */
final class WholeMessage {
  private WholeMessage() {}

  /** The bytes of a message, taken from its record again. */
  static byte[] data(ConsumerMessage message) {
    if (message.record().data().length == 0) {
      return message.data(); // nothing was left out of it
    }
    long left = message.position().messages();
    try (RecordReader reader = new RecordReader()) {
      reader.open(message.record().data());
      while (reader.nextBlock()) {
        int count = reader.block().count();
        if (left <= count) {
          return data(reader, left);
        }
        left -= count;
      }
    }
    throw new IllegalStateException("its record has no " + message);
  }

  private static byte[] data(RecordReader reader, long number) {
    for (long i = 0; i < number; i++) {
      if (!reader.nextMessage()) {
        throw new IllegalStateException("the block has " + i + " messages of " + number);
      }
    }
    int from = reader.dataOffset();
    return Arrays.copyOfRange(reader.array(), from, from + reader.dataLength());
  }
}
