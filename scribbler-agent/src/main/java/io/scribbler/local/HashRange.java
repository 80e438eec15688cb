package io.scribbler.local;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/** A slice of the hash-key space of 128 bits, both ends included. */
record HashRange(BigInteger from, BigInteger to) {
  static final BigInteger MAX = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);

  /** Cuts the whole space into equal parts. */
  static List<HashRange> uniform(int parts) {
    BigInteger size = BigInteger.ONE.shiftLeft(128).divide(BigInteger.valueOf(parts));
    List<HashRange> ranges = new ArrayList<>(parts);
    for (int i = 0; i < parts; i++) {
      BigInteger from = size.multiply(BigInteger.valueOf(i));
      ranges.add(
          new HashRange(from, i == parts - 1 ? MAX : from.add(size).subtract(BigInteger.ONE)));
    }
    return ranges;
  }

  /** Where a partition key lies. */
  static BigInteger hash(byte[] partitionKey) {
    try {
      return new BigInteger(1, MessageDigest.getInstance("MD5").digest(partitionKey));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads an explicit hash key. */
  static BigInteger parse(String hashKey, String name) {
    if (!hashKey.matches("0|[1-9][0-9]{0,38}")) {
      throw Input.constraint(
          name, "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})");
    }
    BigInteger value = new BigInteger(hashKey);
    if (value.compareTo(MAX) > 0) {
      throw ApiException.invalid(
          "Invalid "
              + name
              + ". "
              + name
              + " must be in the range: [0, 2^128-1]. Specified value was "
              + hashKey);
    }
    return value;
  }

  static byte[] utf8(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }

  boolean isBefore(HashRange other) {
    return to.add(BigInteger.ONE).equals(other.from);
  }
}
