package io.scribbler.record;

/** The three shapes of a Kinesis record's data, told apart by its first bytes. */
public enum RecordFormat {
  /** Blocks of messages with topic and identity: begins with {@code F1 5C}. */
  FIREHOSE,
  /** An aggregate as amazon-kinesis-producer writes it: begins with {@code F3 89 9A C2}. */
  KPL,
  /** One message, as it came: begins with anything else, or is empty. */
  PLAIN;

  private static final int FIREHOSE_MAGIC = 0xF15C;
  private static final int KPL_MAGIC = 0xF3899AC2;

  /** The format of the record that these bytes are; looks at no more than the first four. */
  public static RecordFormat of(byte[] data, int offset, int length) {
    if (length >= 2 && firstBytes(data, offset, 2) == FIREHOSE_MAGIC) {
      return FIREHOSE;
    }
    if (length >= 4 && firstBytes(data, offset, 4) == KPL_MAGIC) {
      return KPL;
    }
    return PLAIN;
  }

  private static int firstBytes(byte[] data, int offset, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value = (value << 8) | (data[offset + i] & 0xff);
    }
    return value;
  }
}
