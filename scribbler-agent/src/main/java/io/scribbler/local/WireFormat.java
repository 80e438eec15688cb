package io.scribbler.local;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;

/** The two encodings of requests and answers. Safe to share. */
final class WireFormat {
  static final WireFormat JSON =
      new WireFormat("application/x-amz-json-1.1", new JsonFactory(), 20 << 20);
  static final WireFormat CBOR =
      new WireFormat("application/x-amz-cbor-1.1", new CBORFactory(), 16 << 20);

  private final String contentType;
  private final JsonFactory factory;
  private final int maxBody;

  private WireFormat(String contentType, JsonFactory factory, int maxBody) {
    this.contentType = contentType;
    this.factory = factory;
    this.maxBody = maxBody;
    factory.setStreamReadConstraints(
        StreamReadConstraints.builder()
            .maxNestingDepth(8)
            .maxNumberLength(100)
            .maxNameLength(1000)
            .maxStringLength(maxBody)
            .build());
  }

  /** The format that a Content-Type header asks for; JSON when it names neither. */
  static WireFormat of(String contentType) {
    return contentType != null && contentType.startsWith(CBOR.contentType) ? CBOR : JSON;
  }

  String contentType() {
    return contentType;
  }

  /** Most bytes of a request's body. */
  int maxBody() {
    return maxBody;
  }

  JsonParser parser(byte[] body, int length) throws IOException {
    return factory.createParser(body, 0, length);
  }

  JsonGenerator generator(OutputStream out) throws IOException {
    return factory.createGenerator(out);
  }

  /** Writes a time: seconds with a fraction in JSON, tagged milliseconds in CBOR. */
  void writeTime(JsonGenerator generator, long millis) throws IOException {
    if (this == CBOR) {
      ((CBORGenerator) generator).writeTag(1);
      generator.writeNumber(millis);
    } else {
      generator.writeNumber(BigDecimal.valueOf(millis, 3));
    }
  }
}
