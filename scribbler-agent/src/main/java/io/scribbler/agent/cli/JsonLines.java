package io.scribbler.agent.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.record.BlockHeader;
import io.scribbler.record.RecordFormat;
import io.scribbler.record.RecordReader;
import io.scribbler.text.Utf8;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * JSON objects on standard output, one a line, in UTF-8 whatever the terminal's. Whoever reads them
 * may stop at any time. One thread's.
 */
final class JsonLines implements AutoCloseable {
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final PrintStream target;
  private final OutputStream out;
  private final JsonGenerator json;
  private final Utf8 utf8 = new Utf8();

  private JsonLines(PrintStream to) throws IOException {
    target = to;
    out = new BufferedOutputStream(to, 64 << 10);
    json = new JsonFactory().createGenerator(out);
    json.setRootValueSeparator(null);
  }

  /** Closing it writes what is left and leaves standard output open. */
  static JsonLines toStandardOutput() throws IOException {
    return new JsonLines(System.out);
  }

  /** What objects are written with; each is to be ended by {@link #endLine}. */
  JsonGenerator json() {
    return json;
  }

  void endLine() throws IOException {
    json.writeRaw('\n');
  }

  /** Whether nobody reads any more. */
  boolean closed() {
    return target.checkError();
  }

  /** The reader's current message, as {@code firehose decode} writes it. */
  void message(RecordReader reader) throws IOException {
    BlockHeader block = reader.block();
    json.writeStartObject();
    json.writeStringField("topic", block.topic());
    if (block.identified()) {
      json.writeStringField("producer", block.producer());
      unsigned("epoch", block.epoch());
      unsigned("sequence", reader.sequence());
      json.writeNumberField("time_millis", reader.timeMillis());
    }
    json.writeStringField("key", reader.key());
    if (block.identified()) {
      json.writeObjectFieldStart("attributes");
      for (Map.Entry<String, String> attribute : reader.attributes().entrySet()) {
        json.writeStringField(attribute.getKey(), attribute.getValue());
      }
      json.writeEndObject();
    }
    if (reader.format() == RecordFormat.KPL) {
      json.writeStringField("partition_key", reader.key());
      json.writeStringField("explicit_hash_key", reader.explicitHashKey());
    }
    data(reader.array(), reader.dataOffset(), reader.dataLength());
    json.writeEndObject();
    endLine();
  }

  private void unsigned(String name, long value) throws IOException {
    json.writeFieldName(name);
    if (value >= 0) {
      json.writeNumber(value);
    } else {
      json.writeNumber(Long.toUnsignedString(value));
    }
  }

  private void data(byte[] bytes, int offset, int length) throws IOException {
    if (utf8.isText(bytes, offset, length)) {
      json.writeFieldName("data");
      json.writeUTF8String(bytes, offset, length);
      return;
    }
    json.writeFieldName("data_hex");
    json.writeRawValue("\"");
    json.flush();
    for (int i = offset; i < offset + length; i++) {
      out.write(DIGITS[bytes[i] >> 4 & 0xF]);
      out.write(DIGITS[bytes[i] & 0xF]);
    }
    json.writeRaw('"');
  }

  @Override
  public void close() throws IOException {
    json.flush();
    out.flush();
  }
}
