package io.scribbler.consumer.kcl;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * What the library itself reads and writes in KCL's table: a row of its own, an attribute of its
 * own on the rows of leases, and who is alive. Any thread.
 *
 * <pre>
 *   leaseKey                entityType
 *   scribbler/application   LEADER                stream, startKind, startMillis, paused
 *   SHARD                   LEASE or none         KCL's lease; scribblerUpTo, milliseconds
 *   WORKER                  WORKER_METRIC_STATS   lut, seconds: the worker's last sign of life
 *   Leader, Migration3.0    KCL's own
 * </pre>
 *
 * <p>The own row has KCL's type for the state of coordinators, of which KCL 3.5 passes over what it
 * doesn't know; a type that KCL doesn't know would be taken for a broken lease.
 */
final class LeaseTable {
  static final String KEY = "leaseKey";
  static final String APPLICATION = "scribbler/application";
  static final String UP_TO = "scribblerUpTo";

  private final DynamoDbAsyncClient client;
  private final String name;

  LeaseTable(DynamoDbAsyncClient client, String name) {
    this.client = client;
    this.name = name;
  }

  String name() {
    return name;
  }

  /**
   * Stores where the application starts unless it has started before.
   *
   * @return what is stored now
   * @throws StreamException if the table is another stream's
   */
  Application register(String streamArn, StartPosition start) throws InterruptedException {
    long millis = start.time() == null ? 0 : start.time().toEpochMilli();
    Map<String, AttributeValue> row =
        Answers.of(
                client.updateItem(
                    r ->
                        r.tableName(name)
                            .key(key(APPLICATION))
                            .updateExpression(
                                "SET entityType = :t, #s = if_not_exists(#s, :s),"
                                    + " startKind = if_not_exists(startKind, :k),"
                                    + " startMillis = if_not_exists(startMillis, :m)")
                            .expressionAttributeNames(Map.of("#s", "stream"))
                            .expressionAttributeValues(
                                Map.of(
                                    ":t", text("LEADER"),
                                    ":s", text(streamArn),
                                    ":k", text(start.kind().name()),
                                    ":m", number(millis)))
                            .returnValues(ReturnValue.ALL_NEW)))
            .attributes();
    Application application = Application.of(row, name);
    if (!application.stream().equals(streamArn)) {
      throw new StreamException(
          "table "
              + name
              + " keeps the progress of "
              + application.stream()
              + ", not of "
              + streamArn
              + "; name another table, or delete it to start anew",
          null);
    }
    return application;
  }

  /** The application's row; empty: none yet. */
  Optional<Application> application() throws InterruptedException {
    Map<String, AttributeValue> row = row(APPLICATION);
    return row.containsKey("startKind") ? Optional.of(Application.of(row, name)) : Optional.empty();
  }

  /** Stores whether the application is paused. */
  void pause(boolean paused) throws InterruptedException {
    Answers.of(
        client.updateItem(
            r ->
                r.tableName(name)
                    .key(key(APPLICATION))
                    .updateExpression("SET entityType = :t, paused = :p")
                    .expressionAttributeValues(
                        Map.of(":t", text("LEADER"), ":p", AttributeValue.fromBool(paused)))));
  }

  /** Up to when everything of a shard is done; null: unknown. */
  Instant upTo(String shardId) throws InterruptedException {
    AttributeValue upTo = row(shardId).get(UP_TO);
    return upTo == null || upTo.n() == null ? null : Instant.ofEpochMilli(Long.parseLong(upTo.n()));
  }

  /**
   * Stores it, if the worker owns the shard.
   *
   * @return whether it does
   */
  boolean storeUpTo(String shardId, String worker, Instant upTo) throws InterruptedException {
    try {
      Answers.of(
          client.updateItem(
              r ->
                  r.tableName(name)
                      .key(key(shardId))
                      .updateExpression("SET " + UP_TO + " = :u")
                      .conditionExpression("leaseOwner = :w OR checkpointOwner = :w")
                      .expressionAttributeValues(
                          Map.of(":u", number(upTo.toEpochMilli()), ":w", text(worker)))));
      return true;
    } catch (ConditionalCheckFailedException e) {
      return false;
    }
  }

  /**
   * Sees that no worker of KCL 1 or 2 is at work on the table: it would take rows that it doesn't
   * know for leases.
   *
   * @param renewal in which such a worker writes to each of its leases
   * @throws StreamException if there is one, or the change from KCL 2 to 3 isn't finished
   */
  void refuseOldWorkers(Duration renewal) throws InterruptedException {
    Map<String, String> before = counters();
    if (isOfKcl3() || before.isEmpty()) {
      return;
    }
    Thread.sleep(renewal.toMillis());
    if (!isOfKcl3() && !counters().equals(before)) {
      throw new StreamException(
          "workers of KCL 1 or 2 still run on table " + name + "; stop all of them first", null);
    }
  }

  private boolean isOfKcl3() throws InterruptedException {
    AttributeValue version = row("Migration3.0").get("cv");
    if (version == null) {
      return false;
    }
    if (!version.s().startsWith("CLIENT_VERSION_3X")) {
      throw new StreamException(
          "table "
              + name
              + " is in the middle of a change from KCL 2 to 3 ("
              + version.s()
              + "); finish it first",
          null);
    }
    return true;
  }

  /** How often each lease that is owned was written. */
  private Map<String, String> counters() throws InterruptedException {
    Map<String, String> counters = new HashMap<>();
    scan(
        ScanRequest.builder()
            .filterExpression("attribute_exists(leaseOwner) AND attribute_exists(leaseCounter)"),
        row -> counters.put(row.get(KEY).s(), row.get("leaseCounter").n()));
    return counters;
  }

  /** The workers with a sign of life that is not older, but one. */
  List<String> alive(Duration age, String butNot) throws InterruptedException {
    long since = Instant.now().minus(age).getEpochSecond();
    List<String> alive = new ArrayList<>();
    scan(
        ScanRequest.builder()
            .filterExpression("entityType = :t AND lut >= :s AND leaseKey <> :w")
            .expressionAttributeValues(
                Map.of(":t", text("WORKER_METRIC_STATS"), ":s", number(since), ":w", text(butNot))),
        row -> alive.add(row.get(KEY).s()));
    return alive;
  }

  private void scan(ScanRequest.Builder request, Consumer<Map<String, AttributeValue>> taker)
      throws InterruptedException {
    request.tableName(name).consistentRead(true);
    Map<String, AttributeValue> next;
    do {
      ScanResponse page = Answers.of(client.scan(request.build()));
      page.items().forEach(taker);
      next = page.hasLastEvaluatedKey() ? page.lastEvaluatedKey() : Map.of();
      request.exclusiveStartKey(next);
    } while (!next.isEmpty());
  }

  /** Takes a worker out of those that live. */
  void removeWorker(String worker) throws InterruptedException {
    Answers.of(client.deleteItem(r -> r.tableName(name).key(key(worker))));
  }

  private Map<String, AttributeValue> row(String key) throws InterruptedException {
    return Answers.of(client.getItem(r -> r.tableName(name).key(key(key)).consistentRead(true)))
        .item();
  }

  private static Map<String, AttributeValue> key(String value) {
    return Map.of(KEY, text(value));
  }

  private static AttributeValue text(String value) {
    return AttributeValue.fromS(value);
  }

  private static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }
}
