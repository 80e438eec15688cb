package io.scribbler.local;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** Writes one answer's structure; members that are null are left out. */
final class Answer implements AutoCloseable {
  private final WireFormat format;
  private final JsonGenerator generator;

  Answer(WireFormat format, OutputStream out) {
    this.format = format;
    try {
      generator = format.generator(out);
      generator.writeStartObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Answer text(String name, String value) {
    return value == null ? this : write(() -> generator.writeStringField(name, value));
  }

  Answer number(String name, long value) {
    return write(() -> generator.writeNumberField(name, value));
  }

  Answer flag(String name, boolean value) {
    return write(() -> generator.writeBooleanField(name, value));
  }

  Answer time(String name, long millis) {
    return write(
        () -> {
          generator.writeFieldName(name);
          format.writeTime(generator, millis);
        });
  }

  /** Writes a blob; the buffer must have an array. */
  Answer blob(String name, ByteBuffer data) {
    return write(
        () -> {
          generator.writeFieldName(name);
          generator.writeBinary(
              data.array(), data.arrayOffset() + data.position(), data.remaining());
        });
  }

  /** Begins a list member; items are written until {@link #end}. */
  Answer list(String name) {
    return write(() -> generator.writeArrayFieldStart(name));
  }

  Answer item(String text) {
    return write(() -> generator.writeString(text));
  }

  /** Begins a structure as an item of a list. */
  Answer structure() {
    return write(generator::writeStartObject);
  }

  /** Begins a structure as a member. */
  Answer structure(String name) {
    return write(() -> generator.writeObjectFieldStart(name));
  }

  /** Ends the innermost list or structure. */
  Answer end() {
    return write(
        () -> {
          if (generator.getOutputContext().inArray()) {
            generator.writeEndArray();
          } else {
            generator.writeEndObject();
          }
        });
  }

  @Override
  public void close() {
    write(generator::close);
  }

  private Answer write(Step step) {
    try {
      step.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Step {
    void run() throws IOException;
  }
}
