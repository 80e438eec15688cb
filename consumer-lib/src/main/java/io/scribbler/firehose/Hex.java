package io.scribbler.firehose;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Writes bytes as hexadecimal digits, piece by piece. One thread. */
final class Hex {
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int PIECE = 4096;

  /** Where the digits go. */
  @FunctionalInterface
  interface Target {
    void write(byte[] digits, int offset, int length) throws IOException;
  }

  private final byte[] digits = new byte[2 * PIECE];

  void write(byte[] bytes, int offset, int length, Target target) throws IOException {
    for (int done = 0; done < length; done += PIECE) {
      int part = Math.min(PIECE, length - done);
      for (int i = 0; i < part; i++) {
        int b = bytes[offset + done + i];
        digits[2 * i] = DIGITS[b >> 4 & 0xF];
        digits[2 * i + 1] = DIGITS[b & 0xF];
      }
      target.write(digits, 0, 2 * part);
    }
  }
}
