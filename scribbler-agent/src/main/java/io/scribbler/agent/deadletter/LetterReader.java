package io.scribbler.agent.deadletter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads a file of dead letters, a line at a time. A line that is no letter, or longer than any, is
 * told as such and the next one is read. One thread's.
 */
public final class LetterReader implements Closeable {
  /** A message of 10 MiB in which each byte takes six. */
  private static final int MAX_LINE = 64 << 20;

  private static final int CHUNK = 64 << 10;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(16 << 20).maxNestingDepth(4).build())
          .build();

  private final InputStream in;
  private final byte[] chunk = new byte[CHUNK];
  private int from; // of the chunk's bytes that are not read yet
  private int to;
  private byte[] line = new byte[CHUNK];
  private long number;

  /** What a line is. */
  public sealed interface Line {
    /** A letter. */
    record Letter(DeadLetter letter) implements Line {}

    /**
     * None.
     *
     * @param number of the line, from 1
     */
    record Unreadable(long number, String why) implements Line {}

    /** There is none any more. */
    record End() implements Line {}
  }

  /** A reader of a file. */
  public LetterReader(Path file) throws IOException {
    in = Files.newInputStream(file);
  }

  /** The next line. */
  public Line next() throws IOException {
    int length = nextLine();
    if (length == 0) {
      return new Line.End();
    }
    number++;
    if (length > MAX_LINE) {
      return new Line.Unreadable(number, "longer than any letter");
    }
    try {
      return new Line.Letter(letter(length));
    } catch (IOException | IllegalArgumentException e) {
      String why = e.getMessage() == null ? "" : e.getMessage().lines().findFirst().orElse("");
      return new Line.Unreadable(number, "no letter: " + why);
    }
  }

  /** Its bytes, the newline included; 0 at the end; more than fit if it is too long. */
  private int nextLine() throws IOException {
    int length = 0;
    while (true) {
      if (from == to) {
        from = 0;
        to = Math.max(0, in.read(chunk));
        if (to == 0) {
          return length;
        }
      }
      int end = from;
      while (end < to && chunk[end] != '\n') {
        end++;
      }
      boolean whole = end < to;
      int part = (whole ? end + 1 : end) - from;
      if (length + (long) part <= MAX_LINE) {
        if (line.length < length + part) {
          line = Arrays.copyOf(line, Math.min(MAX_LINE, 2 * (length + part)));
        }
        System.arraycopy(chunk, from, line, length, part);
        length += part;
      } else {
        length = MAX_LINE + 1;
      }
      from += part;
      if (whole) {
        return length;
      }
    }
  }

  private DeadLetter letter(int bytes) throws IOException {
    String stream = "";
    String topic = "";
    String producer = "";
    long epoch = 0;
    long sequence = 0;
    String key = "";
    String reason = "";
    long length = -1;
    byte[] data = null;
    try (JsonParser json = JSON.createParser(line, 0, bytes)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        switch (name) {
          case "stream" -> stream = json.getText();
          case "topic" -> topic = json.getText();
          case "producer" -> producer = json.getText();
          case "epoch" -> epoch = Long.parseUnsignedLong(json.getText());
          case "sequence" -> sequence = Long.parseUnsignedLong(json.getText());
          case "key" -> key = json.getText();
          case "reason" -> reason = json.getText();
          case "length" -> length = json.getLongValue();
          case "data" -> data = json.getText().getBytes(StandardCharsets.UTF_8);
          case "data_base64" -> data = json.getBinaryValue();
          default -> json.skipChildren();
        }
      }
      if (json.currentToken() != JsonToken.END_OBJECT) {
        throw new IOException("the line was cut short");
      }
    }
    if (stream.isEmpty() || topic.isEmpty() || data == null || length < 0) {
      throw new IOException("stream, topic, length or data is missing");
    }
    return new DeadLetter(
        stream, topic, producer, epoch, sequence, key, reason, length, ByteBuffer.wrap(data));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
