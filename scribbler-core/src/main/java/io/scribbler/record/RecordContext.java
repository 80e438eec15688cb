package io.scribbler.record;

import java.util.Objects;

/**
 * What Kinesis and the reader's settings tell about a record, for the formats that don't say it
 * themselves.
 *
 * @param topic the topic of {@code kpl} and {@code plain} messages; by default the stream's name
 * @param partitionKey the key of a {@code plain} message
 * @param arrivalMillis the time of {@code kpl} and {@code plain} messages: when Kinesis took the
 *     record, milliseconds since 1970
 */
public record RecordContext(String topic, String partitionKey, long arrivalMillis) {
  static final RecordContext UNKNOWN = new RecordContext("", "", 0);

  public RecordContext {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(partitionKey, "partitionKey");
  }
}
