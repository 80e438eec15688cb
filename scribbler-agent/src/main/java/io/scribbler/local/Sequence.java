package io.scribbler.local;

import java.math.BigInteger;

/**
 * Sequence numbers: 56 decimal digits that rise in each shard, and from parents to their children.
 *
 * <pre>
 * bit 185            always 1
 * bits 140 to 184    when the shard began, milliseconds since 1970
 * bits  80 to 139    a counter: 0 is the shard's start, n + 1 is its nth record
 * bits   4 to  35    the shard's index
 * bits   0 to   3    always 2
 * </pre>
 */
final class Sequence {
  private static final BigInteger COUNTER_MASK =
      BigInteger.ONE.shiftLeft(60).subtract(BigInteger.ONE);
  private static final int MAX_DIGITS = 60;

  private final BigInteger start;

  Sequence(long startMillis, int shardIndex) {
    start =
        BigInteger.ONE
            .shiftLeft(185)
            .or(BigInteger.valueOf(startMillis).shiftLeft(140))
            .or(BigInteger.valueOf(shardIndex).shiftLeft(4))
            .or(BigInteger.TWO);
  }

  /** The number at which the shard starts, below that of its first record. */
  String start() {
    return start.toString();
  }

  /** The number of the record at a position. */
  String at(long position) {
    return start.add(BigInteger.valueOf(position + 1).shiftLeft(80)).toString();
  }

  /** The position that a number names, -1 for the shard's start. */
  long position(String number) {
    if (number.isEmpty()
        || number.length() > MAX_DIGITS
        || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw ApiException.invalid("'" + number + "' is no sequence number.");
    }
    BigInteger value = new BigInteger(number);
    BigInteger counter = value.shiftRight(80).and(COUNTER_MASK);
    if (!value.subtract(counter.shiftLeft(80)).equals(start)) {
      throw ApiException.invalid("Sequence number " + number + " is not of this shard.");
    }
    return counter.longValue() - 1;
  }
}
