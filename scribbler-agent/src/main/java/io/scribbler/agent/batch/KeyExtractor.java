package io.scribbler.agent.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.scribbler.agent.config.KeyRule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Finds the key of a message. One thread's. */
public abstract sealed class KeyExtractor {
  /** Kinesis takes partition keys of up to 256 characters; longer keys are cut to as many bytes. */
  private static final int LONGEST = 256;

  /** The message's key in UTF-8, or null if it has none. */
  abstract byte[] keyOf(ByteBuffer source, int position, int length);

  /** What the rule says. */
  public static KeyExtractor of(KeyRule rule) {
    if (rule instanceof KeyRule.Field field) {
      return new Field(field.number(), field.separator());
    }
    if (rule instanceof KeyRule.Json json) {
      return new Json(json.name());
    }
    return new Constant(null);
  }

  /** The same key for every message. */
  public static KeyExtractor constant(String key) {
    return new Constant(cut(key.getBytes(StandardCharsets.UTF_8)));
  }

  /** Cuts to the longest key, at a character's start if it is UTF-8; null for an empty one. */
  private static byte[] cut(byte[] key) {
    if (key.length == 0) {
      return null;
    }
    int end = Math.min(key.length, LONGEST);
    while (end < key.length && end > LONGEST - 4 && (key[end] & 0xc0) == 0x80) {
      end--;
    }
    return end == key.length ? key : Arrays.copyOf(key, end);
  }

  private static final class Constant extends KeyExtractor {
    private final byte[] key;

    Constant(byte[] key) {
      this.key = key;
    }

    @Override
    byte[] keyOf(ByteBuffer source, int position, int length) {
      return key;
    }
  }

  private static final class Field extends KeyExtractor {
    private final int number;
    private final byte separator;
    private byte[] last; // most neighbours have the same key

    Field(int number, byte separator) {
      this.number = number;
      this.separator = separator;
    }

    @Override
    byte[] keyOf(ByteBuffer source, int position, int length) {
      int end = position + length;
      int start = position;
      for (int field = 1; field < number; field++) {
        start = indexOfSeparator(source, start, end) + 1;
        if (start > end) {
          return null;
        }
      }
      int stop = indexOfSeparator(source, start, end);
      if (last != null && last.length == stop - start && same(source, start)) {
        return last;
      }
      byte[] key = new byte[stop - start];
      source.get(start, key);
      last = cut(utf8(key));
      return last;
    }

    private boolean same(ByteBuffer source, int start) {
      for (int i = 0; i < last.length; i++) {
        if (last[i] != source.get(start + i)) {
          return false;
        }
      }
      return true;
    }

    private int indexOfSeparator(ByteBuffer source, int from, int to) {
      int i = from;
      while (i < to && source.get(i) != separator) {
        i++;
      }
      return i;
    }

    /** A key is text on the wire: bytes that are no UTF-8 are taken as Latin-1. */
    private static byte[] utf8(byte[] bytes) {
      for (byte b : bytes) {
        if (b < 0) {
          String text = new String(bytes, StandardCharsets.UTF_8);
          return text.indexOf('\ufffd') < 0
              ? bytes
              : new String(bytes, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.UTF_8);
        }
      }
      return bytes;
    }
  }

  private static final class Json extends KeyExtractor {
    private final JsonFactory json = new JsonFactory();
    private final String name;
    private byte[] copy = new byte[4096];

    Json(String name) {
      this.name = name;
    }

    @Override
    byte[] keyOf(ByteBuffer source, int position, int length) {
      if (copy.length < length) {
        copy = new byte[length];
      }
      source.get(position, copy, 0, length);
      try (JsonParser parser = json.createParser(copy, 0, length)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          return null;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          boolean wanted = parser.currentName().equals(name);
          JsonToken value = parser.nextToken();
          if (wanted) {
            boolean scalar = value.isScalarValue() && value != JsonToken.VALUE_NULL;
            return scalar ? cut(parser.getText().getBytes(StandardCharsets.UTF_8)) : null;
          }
          parser.skipChildren();
        }
        return null;
      } catch (IOException e) {
        return null; // not JSON: a message without a key, as KeyRule says
      }
    }
  }
}
