package io.scribbler.record;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads {@code map<string, string>}: entries that stand as length-delimited fields among others.
 *
 * <pre>
 *   entry = { string key = 1; string value = 2; }     the last entry of a key counts
 * </pre>
 */
final class Attributes {
  private static final int KEY = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int VALUE = ProtoCursor.tag(2, ProtoCursor.BYTES);

  /** The cursor of this object's one thread. */
  private final ProtoCursor in = new ProtoCursor();

  /** Checks one entry without keeping it. */
  void check(byte[] data, int from, int to) {
    in.reset(data, from, to);
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == KEY || tag == VALUE) {
        int length = in.length();
        Utf8.check(data, in.position(), length, "attribute");
        in.advance(length);
      } else {
        in.skip(tag);
      }
    }
  }

  /** {@code base} with the entries on top that stand under {@code entryTag} in these fields. */
  Map<String, String> read(byte[] data, int from, int to, int entryTag, Map<String, String> base) {
    Map<String, String> all = new LinkedHashMap<>(base);
    in.reset(data, from, to);
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == entryTag) {
        int length = in.length();
        int end = in.limit(in.position() + length);
        readEntry(data, all);
        in.limit(end);
      } else {
        in.skip(tag);
      }
    }
    return Collections.unmodifiableMap(all);
  }

  private void readEntry(byte[] data, Map<String, String> all) {
    String key = "";
    String value = "";
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == KEY || tag == VALUE) {
        int length = in.length();
        String text = Utf8.decode(data, in.position(), length);
        in.advance(length);
        if (tag == KEY) {
          key = text;
        } else {
          value = text;
        }
      } else {
        in.skip(tag);
      }
    }
    all.put(key, value);
  }
}
