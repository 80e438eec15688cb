package io.scribbler.record;

/** How the body of a block is compressed; the numbers are those on the wire. */
public enum Codec {
  NONE(0),
  ZSTD(1),
  GZIP(2);

  private final int number;

  Codec(int number) {
    this.number = number;
  }

  /** The number that stands in a block's header. */
  public int number() {
    return number;
  }

  /**
   * The codec with this number on the wire.
   *
   * @throws RecordFormatException if this version knows none
   */
  public static Codec of(int number) {
    return switch (number) {
      case 0 -> NONE;
      case 1 -> ZSTD;
      case 2 -> GZIP;
      default ->
          throw new RecordFormatException("unknown codec " + Integer.toUnsignedString(number));
    };
  }
}
