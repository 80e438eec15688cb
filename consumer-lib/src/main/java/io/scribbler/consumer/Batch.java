package io.scribbler.consumer;

/**
 * What one shard has decoded and not committed: messages, or a record that can't be read, and the
 * position behind them. Made by the shard's reading thread; the shard's lock guards {@link
 * #partsLeft}.
 */
final class Batch {
  /** A record, or the rest of one, that can't be read. */
  record Unreadable(StreamRecord record, Position position, Throwable cause) {}

  final BatchData data;
  final Unreadable unreadable;

  /** Behind everything in it, messages that nobody wants included. */
  final Position end;

  /** When Kinesis took the last record of it, milliseconds since 1970. */
  final long arrivalMillis;

  /** Bytes taken from the budget of what is decoded. */
  final long reserved;

  final long millisBehind;

  /** Parts that are not done; at 0 the batch is. */
  int partsLeft;

  Batch(
      BatchData data,
      Unreadable unreadable,
      Position end,
      long arrivalMillis,
      long reserved,
      long millisBehind) {
    this.data = data;
    this.unreadable = unreadable;
    this.end = end;
    this.arrivalMillis = arrivalMillis;
    this.reserved = reserved;
    this.millisBehind = millisBehind;
  }
}
