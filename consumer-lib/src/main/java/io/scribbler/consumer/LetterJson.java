package io.scribbler.consumer;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.text.Utf8;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** Writes dead letters as JSON, a line each; {@link DeadLetterFile} shows one. One thread's. */
final class LetterJson {
  private static final JsonFactory JSON =
      new JsonFactory().configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);

  private final Utf8 utf8 = new Utf8();

  /** Writes a line. When it throws, a part of the line may have been written. */
  void write(DeadLetter letter, Instant now, OutputStream to) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(to)) {
      json.writeStartObject();
      json.writeStringField("time", now.truncatedTo(ChronoUnit.MILLIS).toString());
      place(json, letter);
      if (letter.message().isPresent()) {
        message(json, letter.message().get());
        why(json, "handler_failed", letter.cause());
        data(json, WholeMessage.data(letter.message().get()));
      } else {
        byte[] record = letter.record().orElseThrow().data();
        why(json, "unreadable", letter.cause());
        json.writeNumberField("length", record.length);
        base64(json, "record_base64", record);
      }
      json.writeEndObject();
    }
    to.write('\n');
  }

  private static void place(JsonGenerator json, DeadLetter letter) throws IOException {
    json.writeStringField("stream", letter.stream());
    json.writeStringField("shard", letter.shardId());
    json.writeStringField("position", letter.position().toString());
    json.writeStringField("kinesis_sequence", letter.position().sequenceNumber());
    json.writeStringField("partition_key", CauseText.valid(letter.partitionKey()));
    json.writeNumberField("arrival_millis", letter.arrivalMillis());
  }

  private static void message(JsonGenerator json, ConsumerMessage message) throws IOException {
    json.writeStringField("topic", message.topic());
    if (message.identified()) {
      json.writeStringField("producer", message.producer());
      unsigned(json, "epoch", message.epoch());
      unsigned(json, "sequence", message.sequence());
    }
    json.writeNumberField("time_millis", message.timeMillis());
    json.writeStringField("key", message.key());
    json.writeObjectFieldStart("attributes");
    for (Map.Entry<String, String> attribute : message.attributes().entrySet()) {
      json.writeStringField(attribute.getKey(), attribute.getValue());
    }
    json.writeEndObject();
  }

  /** In JSON numbers have a sign; what has none of 64 bits is text. */
  private static void unsigned(JsonGenerator json, String name, long value) throws IOException {
    if (value >= 0) {
      json.writeNumberField(name, value);
    } else {
      json.writeStringField(name, Long.toUnsignedString(value));
    }
  }

  private static void why(JsonGenerator json, String reason, Throwable cause) throws IOException {
    json.writeStringField("reason", reason);
    json.writeStringField("cause", CauseText.of(cause));
  }

  private void data(JsonGenerator json, byte[] data) throws IOException {
    json.writeNumberField("length", data.length);
    if (utf8.isText(data, 0, data.length)) {
      json.writeFieldName("data");
      json.writeUTF8String(data, 0, data.length);
    } else {
      base64(json, "data_base64", data);
    }
  }

  private static void base64(JsonGenerator json, String name, byte[] bytes) throws IOException {
    json.writeFieldName(name);
    json.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, bytes, 0, bytes.length);
  }
}
