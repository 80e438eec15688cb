package io.scribbler.agent.shard;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A point in Kinesis's space of hash keys, an unsigned 128-bit number: the MD5 of a partition key,
 * or an explicit hash key.
 */
public record HashKey(long high, long low) implements Comparable<HashKey> {
  public static final HashKey MIN = new HashKey(0, 0);
  public static final HashKey MAX = new HashKey(-1, -1);

  static HashKey of(BigInteger value) {
    return new HashKey(value.shiftRight(64).longValue(), value.longValue());
  }

  /** Parses the decimal form that the service uses. */
  public static HashKey parse(String decimal) {
    return of(new BigInteger(decimal));
  }

  BigInteger toBigInteger() {
    return new BigInteger(1, ByteBuffer.allocate(16).putLong(high).putLong(low).array());
  }

  @Override
  public int compareTo(HashKey other) {
    return compare(high, low, other.high, other.low);
  }

  static int compare(long high, long low, long otherHigh, long otherLow) {
    int byHigh = Long.compareUnsigned(high, otherHigh);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
  }

  /** The decimal form that the service uses. */
  @Override
  public String toString() {
    return toBigInteger().toString();
  }

  /** A digest as Kinesis applies it to partition keys. */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }
}
