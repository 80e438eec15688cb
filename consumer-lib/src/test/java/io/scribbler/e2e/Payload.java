package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Messages that tell whose and which they are, and can be made again at any time: {@code
 * PRODUCER/TOPIC SEQUENCE} and random letters. No newline is in them, and compression does little
 * for many of them together.
 */
final class Payload {
  /** The longest message. */
  static final int LONGEST = 1 << 20;

  private static final int STARTS = 1 << 22;
  private static final byte[] LETTERS = letters();

  private Payload() {}

  private static byte[] letters() {
    byte[] letters = new byte[STARTS + LONGEST];
    SplittableRandom random = new SplittableRandom(20);
    for (int i = 0; i < letters.length; i++) {
      letters[i] = (byte) (' ' + 1 + random.nextInt('~' - ' '));
    }
    return letters;
  }

  /** How a client's message begins. */
  static String head(String producer, String topic, long sequence) {
    return producer + "/" + topic + " " + sequence + " ";
  }

  /** The message with its letters, so many bytes in all unless the head alone is longer. */
  static byte[] of(String producer, String topic, long sequence, int bytes) {
    byte[] head = head(producer, topic, sequence).getBytes(US_ASCII);
    ByteBuffer message = ByteBuffer.allocate(Math.max(head.length, bytes)).put(head);
    int start = (int) (sequence * 7919 & STARTS - 1);
    return message.put(LETTERS, start, message.remaining()).array();
  }
}
