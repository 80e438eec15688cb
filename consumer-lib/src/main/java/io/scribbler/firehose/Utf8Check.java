package io.scribbler.firehose;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Tells whether bytes are well-formed UTF-8. One thread. */
final class Utf8Check {
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final CharBuffer chars = CharBuffer.allocate(4096);

  boolean isUtf8(byte[] bytes, int offset, int length) {
    int ascii = 0;
    while (ascii < length && bytes[offset + ascii] >= 0) {
      ascii++;
    }
    if (ascii == length) {
      return true;
    }
    ByteBuffer rest = ByteBuffer.wrap(bytes, offset + ascii, length - ascii);
    decoder.reset();
    CoderResult result;
    do {
      chars.clear();
      result = decoder.decode(rest, chars, true);
    } while (result.isOverflow());
    return !result.isError();
  }
}
