package io.scribbler.consumer.kcl;

import java.net.URI;
import java.util.Objects;

/**
 * What can be set of the engine; everything but the timing may be null, and then has a default.
 *
 * @param table the DynamoDB table of a consumer of one stream; by default it has the application's
 *     name. A consumer of several streams has a table for each, {@code TABLE.STREAM}. An existing
 *     KCL application is taken over by the name of its table
 * @param worker this process's name, which no other of the application may have; by default host,
 *     process and a random part. Without {@code /}, 128 characters at most
 * @param dynamoDb where DynamoDB's API is; by default AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL,
 *     or the region's own
 * @param fanOutConsumer the name under which the application has records pushed; by default its own
 * @param timing how fast processes notice each other
 */
public record KclSettings(
    String table, String worker, URI dynamoDb, String fanOutConsumer, KclTiming timing) {
  /** Refuses names that DynamoDB or Kinesis would refuse. */
  public KclSettings {
    Objects.requireNonNull(timing, "timing");
    if (table != null && !table.matches("[a-zA-Z0-9_.-]{3,255}")) {
      throw new IllegalArgumentException(
          "table: 3 to 255 of a-z A-Z 0-9 _ . -, not '" + table + "'");
    }
    if (worker != null && !worker.matches("[^/\\s]{1,128}")) {
      throw new IllegalArgumentException(
          "worker: 1 to 128 characters without / and blanks, not '" + worker + "'");
    }
    if (fanOutConsumer != null && !fanOutConsumer.matches("[a-zA-Z0-9_.-]{1,128}")) {
      throw new IllegalArgumentException(
          "fan-out consumer: 1 to 128 of a-z A-Z 0-9 _ . -, not '" + fanOutConsumer + "'");
    }
  }

  /** The defaults. */
  public static KclSettings defaults() {
    return new KclSettings(null, null, null, null, KclTiming.PRODUCTION);
  }

  /** The defaults, but fast: for tests with a DynamoDB on this host. */
  public static KclSettings forTests() {
    return new KclSettings(null, null, null, null, KclTiming.TEST);
  }

  /** The same with another table. */
  public KclSettings withTable(String name) {
    return new KclSettings(name, worker, dynamoDb, fanOutConsumer, timing);
  }

  /** The same with another name for this process. */
  public KclSettings withWorker(String name) {
    return new KclSettings(table, name, dynamoDb, fanOutConsumer, timing);
  }

  /** The same with DynamoDB elsewhere. */
  public KclSettings withDynamoDb(URI endpoint) {
    return new KclSettings(table, worker, endpoint, fanOutConsumer, timing);
  }

  /** The same with another name for fan-out. */
  public KclSettings withFanOutConsumer(String name) {
    return new KclSettings(table, worker, dynamoDb, name, timing);
  }
}
