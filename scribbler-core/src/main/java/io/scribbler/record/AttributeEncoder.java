package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;

/** Writes attributes as the entries that {@link Attributes} reads. */
final class AttributeEncoder {
  private static final byte[] NOTHING = new byte[0];
  private static final int KEY = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int VALUE = ProtoCursor.tag(2, ProtoCursor.BYTES);

  private AttributeEncoder() {}

  /** All entries one after the other, each under {@code tag}, which takes one byte. */
  static byte[] encode(Map<String, String> attributes, int tag) {
    if (attributes.isEmpty()) {
      return NOTHING;
    }
    byte[][] strings = new byte[2 * attributes.size()][];
    int size = 0;
    int i = 0;
    for (Map.Entry<String, String> entry : attributes.entrySet()) {
      byte[] key = entry.getKey().getBytes(UTF_8);
      byte[] value = entry.getValue().getBytes(UTF_8);
      strings[i++] = key;
      strings[i++] = value;
      size = Math.addExact(size, ProtoSize.bytesField(entrySize(key, value)));
    }
    byte[] out = new byte[size];
    int at = 0;
    for (i = 0; i < strings.length; i += 2) {
      byte[] key = strings[i];
      byte[] value = strings[i + 1];
      at = ProtoSize.putPrefix(out, at, tag, entrySize(key, value));
      at = ProtoSize.putBytes(out, at, KEY, key, 0, key.length);
      at = ProtoSize.putBytes(out, at, VALUE, value, 0, value.length);
    }
    return out;
  }

  private static int entrySize(byte[] key, byte[] value) {
    return ProtoSize.bytesField(key.length) + ProtoSize.bytesField(value.length);
  }
}
