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
}
