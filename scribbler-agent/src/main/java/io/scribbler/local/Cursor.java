package io.scribbler.local;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What a shard iterator stands for. Clients see it as opaque text.
 *
 * @param createdMillis when the stream was made, so that a stream of the same name is no match
 * @param issuedMillis when it was handed out; it expires after five minutes
 */
record Cursor(String stream, long createdMillis, int shard, long position, long issuedMillis) {
  private static final long LIFE_MILLIS = 300_000;

  String text() {
    String plain = stream + "/" + createdMillis + "/" + shard + "/" + position + "/" + issuedMillis;
    return Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  static Cursor parse(String text, long nowMillis) {
    Cursor cursor;
    try {
      byte[] plain = Base64.getDecoder().decode(text);
      String[] parts = new String(plain, StandardCharsets.UTF_8).split("/", -1);
      if (parts.length != 5) {
        throw ApiException.invalid("Invalid ShardIterator.");
      }
      cursor =
          new Cursor(
              parts[0],
              Long.parseLong(parts[1]),
              Integer.parseInt(parts[2]),
              Long.parseLong(parts[3]),
              Long.parseLong(parts[4]));
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("Invalid ShardIterator.");
    }
    if (cursor.shard < 0 || cursor.position < 0) {
      throw ApiException.invalid("Invalid ShardIterator.");
    }
    if (nowMillis - cursor.issuedMillis >= LIFE_MILLIS) {
      throw new ApiException(
          "ExpiredIteratorException",
          400,
          "Iterator expired. The iterator was created "
              + (nowMillis - cursor.issuedMillis) / 1000
              + " seconds ago, which is more than the 300 that it lives.");
    }
    return cursor;
  }
}
