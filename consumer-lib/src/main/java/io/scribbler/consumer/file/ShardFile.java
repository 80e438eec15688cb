package io.scribbler.consumer.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.engine.Checkpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;

/**
 * A shard's checkpoint in a file, a JSON object.
 *
 * <pre>
 *   {"committed":"4963…/17","pending":"4963…/99","state":"base64","upTo":"2026-11-22T17:00:00Z",
 *    "seen":"base64"}                                                what there isn't is left out
 * </pre>
 */
final class ShardFile {
  private static final JsonFactory JSON = new JsonFactory();

  /** A state and a window, in base64, and some lines. */
  private static final int MOST_BYTES = 256 << 10;

  private ShardFile() {}

  /**
   * What is stored; {@link Checkpoint#NONE} when there is no file.
   *
   * @throws IOException if it can't be read, or holds something else; the message says which file
   */
  static Checkpoint read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Checkpoint.NONE;
    }
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException(file + " is no checkpoint: " + Files.size(file) + " bytes");
    }
    try {
      return parse(Files.readAllBytes(file));
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      throw new IOException(file + " is no checkpoint: " + e.getMessage(), e);
    }
  }

  private static Checkpoint parse(byte[] json) throws IOException {
    Position committed = null;
    Position pending = null;
    byte[] state = new byte[0];
    Instant upTo = null;
    byte[] seen = new byte[0];
    try (JsonParser in = JSON.createParser(json)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a JSON object");
      }
      while (in.nextToken() != JsonToken.END_OBJECT) {
        String name = in.currentName();
        if (in.nextToken() != JsonToken.VALUE_STRING) {
          throw new IOException("'" + name + "' is no string");
        }
        switch (name) {
          case "committed" -> committed = position(in.getText());
          case "pending" -> pending = position(in.getText());
          case "state" -> state = Base64.getDecoder().decode(in.getText());
          case "upTo" -> upTo = Instant.parse(in.getText());
          case "seen" -> seen = Base64.getDecoder().decode(in.getText());
          default -> {} // of a later version
        }
      }
    }
    return new Checkpoint(committed, pending, state, upTo, seen);
  }

  /** The position that {@link Position#toString} wrote. */
  static Position position(String text) {
    if (text.equals(Position.END.toString())) {
      return Position.END;
    }
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("no position: '" + text + "'");
    }
    return new Position(text.substring(0, slash), Long.parseLong(text.substring(slash + 1)));
  }

  static void write(Path file, Checkpoint checkpoint) throws IOException {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(json)) {
      out.writeStartObject();
      if (checkpoint.committed() != null) {
        out.writeStringField("committed", checkpoint.committed().toString());
      }
      if (checkpoint.pending() != null) {
        out.writeStringField("pending", checkpoint.pending().toString());
        out.writeStringField("state", Base64.getEncoder().encodeToString(checkpoint.state()));
      }
      if (checkpoint.upTo() != null) {
        out.writeStringField("upTo", checkpoint.upTo().toString());
      }
      if (checkpoint.seen().length > 0) {
        out.writeStringField("seen", Base64.getEncoder().encodeToString(checkpoint.seen()));
      }
      out.writeEndObject();
    }
    StoredFile.replace(file, json.toByteArray());
  }
}
