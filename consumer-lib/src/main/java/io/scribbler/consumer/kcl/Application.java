package io.scribbler.consumer.kcl;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import java.time.Instant;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What an application's processes share on one stream.
 *
 * @param stream the ARN of the stream that the table is for
 * @param start where the application started: the oldest record, or a time
 * @param paused whether nothing is to be handled
 */
record Application(String stream, StartPosition start, boolean paused) {
  /** Whether there is such a row; a pause alone makes one too. */
  static boolean isIn(Map<String, AttributeValue> row) {
    return row.containsKey("startKind") && row.containsKey("stream");
  }

  /**
   * What a row says.
   *
   * @throws StreamException if it is of a version that is not known
   */
  static Application of(Map<String, AttributeValue> row, String table) {
    String kind = row.get("startKind").s();
    StartPosition start =
        switch (kind) {
          case "OLDEST" -> StartPosition.oldest();
          case "TIME" ->
              StartPosition.at(Instant.ofEpochMilli(Long.parseLong(row.get("startMillis").n())));
          default ->
              throw new StreamException(
                  "table " + table + ": no start that is known: '" + kind + "'", null);
        };
    AttributeValue paused = row.get("paused");
    return new Application(
        row.get("stream").s(), start, paused != null && Boolean.TRUE.equals(paused.bool()));
  }
}
