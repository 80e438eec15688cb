package io.scribbler.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Tells whether bytes are well-formed UTF-8, in a few KiB of memory. One thread's. */
public final class Utf8 {
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private final CharBuffer chars = CharBuffer.allocate(4096);

  /** Whether the bytes are text, to the last one. */
  public boolean isText(byte[] bytes, int offset, int length) {
    return text(bytes, offset, length, true) == length;
  }

  /**
   * How many bytes are text when the bytes are the beginning of something longer, so that the last
   * character may be cut.
   *
   * @return -1 if they are no text; else {@code length} without the cut character
   */
  public int beginningOfText(byte[] bytes, int offset, int length) {
    return text(bytes, offset, length, false);
  }

  private int text(byte[] bytes, int offset, int length, boolean whole) {
    int ascii = 0;
    while (ascii < length && bytes[offset + ascii] >= 0) {
      ascii++;
    }
    if (ascii == length) {
      return length;
    }
    ByteBuffer rest = ByteBuffer.wrap(bytes, offset + ascii, length - ascii);
    decoder.reset();
    CoderResult result;
    do {
      chars.clear();
      result = decoder.decode(rest, chars, whole);
    } while (result.isOverflow());
    return result.isError() ? -1 : length - rest.remaining();
  }
}
