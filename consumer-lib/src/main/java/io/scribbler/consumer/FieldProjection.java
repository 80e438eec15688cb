package io.scribbler.consumer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes the object of the wanted fields out of a JSON object, while it is parsed.
 *
 * <pre>
 *   fields: user, geo.country
 *   {"time":17,"geo":{"city":"Ulm","country":"DE"},"user":"u-1","price":2.50}
 *                                 ──▶ {"geo":{"country":"DE"},"user":"u-1"}
 * </pre>
 *
 * <ul>
 *   <li>Values are copied byte for byte: numbers, escapes, whole objects with the blanks in them.
 *       Fields keep the message's order; names are written as plainly as JSON allows.
 *   <li>An absent field is left out, so {@code {}} may be all that is left. A nested one is absent
 *       too when what should hold it is no object.
 *   <li>Of a field that comes twice the first counts.
 *   <li>Parsing ends in the field behind the last wanted one: <em>the rest is not checked</em>, and
 *       may be broken or missing. A message that lacks a wanted field is checked to its end.
 * </ul>
 *
 * <p>What is refused is what Jackson's parser refuses when it passes over it: {@code NaN} and its
 * like, comments, control characters and broken UTF-8 in strings, more than 1,000 levels, numbers
 * of more than 1,000 digits and names of more than 50,000 bytes. Overlong forms and surrogates in
 * UTF-8 pass as they are.
 *
 * <p>One thread's. Beside Jackson's parser, which costs the same for each message whatever is in
 * it, it allocates nothing once its buffer has grown to the largest message.
 */
final class FieldProjection {
  private static final int FIRST_CAPACITY = 1024;
  private static final StreamReadConstraints BOUNDS =
      StreamReadConstraints.builder()
          .maxNestingDepth(1000)
          .maxNumberLength(1000)
          .maxNameLength(50_000)
          .build();

  /** A wanted field. */
  private static final class Field {
    final byte[] prefix; // "name":
    final Map<String, Field> inner = new HashMap<>();
    boolean whole; // otherwise only what of it is wanted
    long foundIn; // the message in which it was found last

    Field(String name) {
      byte[] quoted = JsonStringEncoder.getInstance().quoteAsUTF8(name);
      prefix = new byte[quoted.length + 3];
      prefix[0] = '"';
      System.arraycopy(quoted, 0, prefix, 1, quoted.length);
      prefix[quoted.length + 1] = '"';
      prefix[quoted.length + 2] = ':';
    }
  }

  /** Doesn't look for other encodings than UTF-8: places in the bytes are exact then. */
  private final JsonFactory factory =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(BOUNDS)
          .build();

  private final Map<String, Field> wanted = new HashMap<>();
  private final int wholeFields;

  // All that follows is the reading thread's.
  private byte[] projected = new byte[FIRST_CAPACITY];
  private int size;
  private byte[] json;
  private int offset;
  private long messages;
  private int missing; // whole fields that this message has not shown yet

  /**
   * A projection.
   *
   * @param fields names of top-level fields, or paths to nested ones, like {@code geo.country}; at
   *     least one. A name that has a dot in it can't be asked for.
   */
  FieldProjection(List<String> fields) {
    if (fields.isEmpty()) {
      throw new IllegalArgumentException("fields: name at least one");
    }
    fields.forEach(this::want);
    wholeFields = countWhole(wanted);
  }

  private void want(String path) {
    Map<String, Field> level = wanted;
    Field field = null;
    for (String name : path.split("\\.", -1)) {
      if (name.isEmpty()) {
        throw new IllegalArgumentException(
            "fields: '" + path + "' is none; write name, or outer.inner for a nested one");
      }
      field = level.computeIfAbsent(name, Field::new);
      if (field.whole) {
        return; // with all that is in it
      }
      level = field.inner;
    }
    field.whole = true;
    field.inner.clear();
  }

  private static int countWhole(Map<String, Field> level) {
    return level.values().stream().mapToInt(f -> f.whole ? 1 : countWhole(f.inner)).sum();
  }

  /**
   * Projects a message; {@link #array} and {@link #size} have the result, until the next call.
   *
   * @return false when the message is no JSON object, as far as it was checked: whoever asked hands
   *     it over as it is then, and counts it
   */
  boolean project(byte[] message, int from, int length) {
    json = message;
    offset = from;
    size = 0;
    messages++;
    missing = wholeFields;
    try (JsonParser parser = factory.createParser(message, from, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      object(parser, wanted);
      return missing == 0 || parser.nextToken() == null;
    } catch (JsonProcessingException e) {
      return false; // the answer: no JSON
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    } finally {
      json = null;
    }
  }

  /** The array that holds the projected message, from its beginning. */
  byte[] array() {
    return projected;
  }

  /** The bytes of the projected message. */
  int size() {
    return size;
  }

  /** Writes what is wanted of the object that begins with the parser's token. */
  private void object(JsonParser parser, Map<String, Field> level) throws IOException {
    append('{');
    int start = size;
    String name = parser.nextFieldName();
    while (name != null && missing > 0) {
      Field field = level.get(name);
      JsonToken value = parser.nextToken();
      if (field == null || field.foundIn == messages) {
        parser.skipChildren();
        name = parser.nextFieldName();
        continue;
      }
      field.foundIn = messages;
      int before = size;
      if (before > start) {
        append(',');
      }
      append(field.prefix, 0, field.prefix.length);
      if (field.whole) {
        int from = tokenStart(parser);
        parser.skipChildren();
        name = parser.nextFieldName();
        append(json, from, endOfValue(tokenStart(parser)) - from);
        missing--;
      } else if (value == JsonToken.START_OBJECT) {
        int beforeInner = size;
        object(parser, field.inner);
        if (size == beforeInner + 2) {
          size = before; // nothing wanted in it
        }
        name = missing > 0 ? parser.nextFieldName() : null;
      } else {
        size = before;
        parser.skipChildren();
        name = parser.nextFieldName();
      }
    }
    append('}');
  }

  private int tokenStart(JsonParser parser) {
    return offset + (int) parser.currentTokenLocation().getByteOffset();
  }

  /** Behind a value, given where the next token begins: blanks and a comma are between the two. */
  private int endOfValue(int nextToken) {
    int end = nextToken;
    while (isBetweenTokens(json[end - 1])) {
      end--;
    }
    return end;
  }

  private static boolean isBetweenTokens(byte b) {
    return b == ',' || b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private void append(char ascii) {
    ensure(1);
    projected[size++] = (byte) ascii;
  }

  private void append(byte[] bytes, int from, int length) {
    ensure(length);
    System.arraycopy(bytes, from, projected, size, length);
    size += length;
  }

  private void ensure(int more) {
    if (projected.length - size < more) {
      long doubled = Math.min(2L * projected.length, Integer.MAX_VALUE - 8);
      int needed = Math.addExact(size, more + FIRST_CAPACITY); // room for what closes it, too
      projected = Arrays.copyOf(projected, (int) Math.max(doubled, needed));
    }
  }
}
