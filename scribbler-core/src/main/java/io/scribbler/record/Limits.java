package io.scribbler.record;

/** The bounds that writer and reader both hold to, whatever a record says. */
final class Limits {
  /** Bytes of a block's messages before compression. */
  static final int MAX_RAW_SIZE = 16 << 20;

  /** The fewest bytes that a message takes: its tag and its length. */
  static final int MIN_MESSAGE_SIZE = 2;

  /** Attributes of a block, and of a message. */
  static final int MAX_ATTRIBUTES = 1024;

  private Limits() {}
}
