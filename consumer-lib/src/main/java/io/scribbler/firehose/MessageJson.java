package io.scribbler.firehose;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.record.BlockHeader;
import io.scribbler.record.RecordFormat;
import io.scribbler.record.RecordReader;
import io.scribbler.text.Utf8;
import java.io.IOException;
import java.util.Map;

/**
 * Writes messages as JSON, one a line. What a format doesn't tell is left out: {@code kpl} and
 * {@code plain} have no producer, epoch, sequence and attributes. One thread.
 */
final class MessageJson {
  /** Where a message was in a stream. */
  record Place(String stream, String shard, String sequenceNumber, long arrivalMillis) {}

  private final LineBuffer lines;
  private final JsonGenerator json;
  private final boolean hex;
  private final Utf8 utf8 = new Utf8();
  private final Hex hexDigits = new Hex();

  /**
   * Writes into a buffer.
   *
   * @param hex whether data is always hexadecimal; otherwise only what is no UTF-8
   */
  MessageJson(LineBuffer lines, boolean hex) throws IOException {
    this.lines = lines;
    this.hex = hex;
    this.json = new JsonFactory().createGenerator(lines);
    json.setRootValueSeparator(null);
  }

  /**
   * Writes the reader's current message.
   *
   * @param place where it was in a stream; null for a saved record, which has no arrival either
   */
  void write(RecordReader reader, Place place) throws IOException {
    BlockHeader block = reader.block();
    json.writeStartObject();
    if (!block.topic().isEmpty()) {
      json.writeStringField("topic", block.topic());
    }
    if (block.identified()) {
      json.writeStringField("producer", block.producer());
      unsigned("epoch", block.epoch());
      unsigned("sequence", reader.sequence());
    }
    if (block.identified() || place != null) {
      json.writeNumberField("time_millis", reader.timeMillis());
    }
    boolean kpl = reader.format() == RecordFormat.KPL;
    if (block.identified() || place != null || kpl) {
      json.writeStringField("key", reader.key());
    }
    if (block.identified()) {
      attributes(reader.attributes());
    }
    if (kpl) {
      json.writeStringField("partition_key", reader.key());
      json.writeStringField("explicit_hash_key", reader.explicitHashKey());
    }
    data(reader.array(), reader.dataOffset(), reader.dataLength());
    if (place != null) {
      json.writeStringField("stream", place.stream());
      json.writeStringField("shard", place.shard());
      json.writeStringField("kinesis_sequence", place.sequenceNumber());
      json.writeNumberField("arrival_millis", place.arrivalMillis());
    }
    json.writeEndObject();
    json.writeRaw('\n');
    json.flush();
    lines.endLine();
  }

  private void unsigned(String name, long value) throws IOException {
    json.writeFieldName(name);
    if (value >= 0) {
      json.writeNumber(value);
    } else {
      json.writeNumber(Long.toUnsignedString(value));
    }
  }

  private void attributes(Map<String, String> attributes) throws IOException {
    json.writeObjectFieldStart("attributes");
    for (Map.Entry<String, String> attribute : attributes.entrySet()) {
      json.writeStringField(attribute.getKey(), attribute.getValue());
    }
    json.writeEndObject();
  }

  private void data(byte[] bytes, int offset, int length) throws IOException {
    if (!hex && utf8.isText(bytes, offset, length)) {
      json.writeFieldName("data");
      json.writeUTF8String(bytes, offset, length);
    } else {
      json.writeFieldName("data_hex");
      json.writeRawValue("\"");
      json.flush();
      hexDigits.write(bytes, offset, length, lines::write);
      json.writeRaw('"');
    }
  }
}
