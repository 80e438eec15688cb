package io.scribbler.agent.deadletter;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.text.Utf8;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Writes letters as JSON, a line each. One thread's. */
final class LetterJson {
  private static final JsonFactory JSON =
      new JsonFactory().configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);

  private final Utf8 utf8 = new Utf8();

  void write(DeadLetter letter, Instant now, OutputStream to) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(to)) {
      json.writeStartObject();
      json.writeStringField("time", now.truncatedTo(ChronoUnit.MILLIS).toString());
      json.writeStringField("stream", letter.stream());
      json.writeStringField("topic", letter.topic());
      if (!letter.producer().isEmpty()) {
        json.writeStringField("producer", letter.producer());
        unsigned(json, "epoch", letter.epoch());
        unsigned(json, "sequence", letter.sequence());
      }
      json.writeStringField("key", letter.key());
      json.writeStringField("reason", letter.reason());
      json.writeNumberField("length", letter.length());
      data(json, letter);
      json.writeEndObject();
    }
    to.write('\n');
  }

  /** In JSON numbers have a sign; what has none of 64 bits is text. */
  private static void unsigned(JsonGenerator json, String name, long value) throws IOException {
    if (value >= 0) {
      json.writeNumberField(name, value);
    } else {
      json.writeStringField(name, Long.toUnsignedString(value));
    }
  }

  private void data(JsonGenerator json, DeadLetter letter) throws IOException {
    ByteBuffer data = letter.data();
    int length = data.remaining();
    byte[] bytes;
    int offset;
    if (data.hasArray()) {
      bytes = data.array();
      offset = data.arrayOffset() + data.position();
    } else {
      bytes = new byte[length];
      data.get(data.position(), bytes);
      offset = 0;
    }
    int text =
        letter.whole()
            ? (utf8.isText(bytes, offset, length) ? length : -1)
            : utf8.beginningOfText(bytes, offset, length);
    if (text >= 0) {
      json.writeFieldName("data");
      json.writeUTF8String(bytes, offset, text);
    } else {
      json.writeFieldName("data_base64");
      json.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, bytes, offset, length);
    }
  }
}
