package io.scribbler.consumer.kcl;

import static software.amazon.kinesis.checkpoint.SentinelCheckpoint.AT_TIMESTAMP;
import static software.amazon.kinesis.checkpoint.SentinelCheckpoint.SHARD_END;
import static software.amazon.kinesis.checkpoint.SentinelCheckpoint.TRIM_HORIZON;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.reading.ShardLookup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.kinesis.checkpoint.SentinelCheckpoint;

/**
 * KCL's table from outside: what it keeps of an application, and how that is changed. {@link
 * LeaseTable} has its layout. What the SDK throws comes through. Any thread.
 */
public final class CheckpointTable {
  private static final String LEASE = "LEASE";
  private static final String CLEARED =
      "leaseOwner, checkpointOwner, pendingCheckpoint, pendingCheckpointSubSequenceNumber,"
          + " pendingCheckpointState, "
          + LeaseTable.UP_TO;

  private final DynamoDbClient client;
  private final String name;

  /**
   * A shard's lease.
   *
   * @param committed what is before it is done; null: nothing yet
   * @param pending announced; null: nothing is
   * @param owner the worker that has it; null: none
   */
  public record Lease(Position committed, Position pending, String owner) {}

  /** A table; the client stays the caller's. Nothing is sent yet. */
  public CheckpointTable(DynamoDbClient client, String name) {
    this.client = client;
    this.name = name;
  }

  /** The ARN of the stream that it is for; empty: no consumer of this library has used it. */
  public Optional<String> stream() {
    return application().map(Application::stream);
  }

  /** Where the application started; empty: no consumer of this library has used it. */
  public Optional<StartPosition> start() {
    return application().map(Application::start);
  }

  /** Whether the application is paused. */
  public boolean paused() {
    return application().filter(Application::paused).isPresent();
  }

  private Optional<Application> application() {
    Map<String, AttributeValue> row =
        client
            .getItem(r -> r.tableName(name).key(key(LeaseTable.APPLICATION)).consistentRead(true))
            .item();
    return Application.isIn(row) ? Optional.of(Application.of(row, name)) : Optional.empty();
  }

  /**
   * Stores whether the application is paused.
   *
   * @return whether there is such an application
   */
  public boolean pause(boolean paused) {
    try {
      client.updateItem(
          r ->
              r.tableName(name)
                  .key(key(LeaseTable.APPLICATION))
                  .updateExpression("SET paused = :p")
                  .conditionExpression("attribute_exists(startKind)")
                  .expressionAttributeValues(Map.of(":p", AttributeValue.fromBool(paused))));
      return true;
    } catch (ConditionalCheckFailedException e) {
      return false;
    }
  }

  /**
   * The leases by shard.
   *
   * @throws StreamException if it is not KCL's table, or one of several streams
   */
  public Map<String, Lease> leases() {
    Map<String, Lease> leases = new TreeMap<>();
    for (Map<String, AttributeValue> row : rows()) {
      String type = text(row, "entityType");
      String key = text(row, LeaseTable.KEY);
      if (key == null) {
        throw new StreamException("table " + name + " is not KCL's: a row has no leaseKey", null);
      }
      if ((type == null || type.equals(LEASE)) && key.indexOf('/') < 0) {
        if (key.indexOf(':') >= 0) {
          throw new StreamException(
              "table "
                  + name
                  + " is for several streams, as KCL keeps them in one; it can't be"
                  + " looked into from here",
              null);
        }
        leases.put(key, lease(key, row));
      }
    }
    return leases;
  }

  private Lease lease(String shardId, Map<String, AttributeValue> row) {
    try {
      String handingOver = text(row, "checkpointOwner");
      return new Lease(
          position(row, "checkpoint", "checkpointSubSequenceNumber"),
          position(row, "pendingCheckpoint", "pendingCheckpointSubSequenceNumber"),
          handingOver == null ? text(row, "leaseOwner") : handingOver);
    } catch (IllegalArgumentException e) {
      throw new StreamException(
          "table " + name + ": the lease of " + shardId + " is not KCL's: " + e.getMessage(), e);
    }
  }

  private static Position position(
      Map<String, AttributeValue> row, String sequence, String subSequence) {
    String number = text(row, sequence);
    if (number == null) {
      return null;
    }
    if (number.equals(SHARD_END.name())) {
      return Position.END;
    }
    for (SentinelCheckpoint sentinel : SentinelCheckpoint.values()) {
      if (number.equals(sentinel.name())) {
        return null;
      }
    }
    AttributeValue messages = row.get(subSequence);
    return new Position(
        number, messages == null || messages.n() == null ? 0 : Long.parseLong(messages.n()));
  }

  /** How long ago each worker gave a sign of life, those that did within a time. */
  public Map<String, Duration> alive(Duration within) {
    Instant now = Instant.now();
    Map<String, Duration> alive = new TreeMap<>();
    for (Map<String, AttributeValue> row : rows()) {
      AttributeValue sign = row.get("lut");
      if ("WORKER_METRIC_STATS".equals(text(row, "entityType")) && sign != null) {
        Duration age = Duration.between(Instant.ofEpochSecond(Long.parseLong(sign.n())), now);
        if (age.compareTo(within) <= 0) {
          alive.put(text(row, LeaseTable.KEY), age.isNegative() ? Duration.ZERO : age);
        }
      }
    }
    return alive;
  }

  /**
   * Lets the stream be read again from a start, which is stored first: the leases become those of
   * the shards that are read from there, and are taken from whoever has them. The other shards get
   * leases when their parents are done, as KCL does it. What was interrupted can be done again.
   *
   * @param first the shards that are open at the start
   */
  public void reset(StartPosition start, List<ShardLookup.Listed> first) {
    if (start().isPresent()) {
      storeStart(start);
    } else if (start.kind() != StartPosition.Kind.OLDEST) {
      throw new StreamException(
          "table "
              + name
              + " has no start of its own, since no consumer of this library has used it: it can"
              + " only be reset to oldest",
          null);
    }
    Set<String> kept = first.stream().map(ShardLookup.Listed::shardId).collect(Collectors.toSet());
    for (String shardId : leases().keySet()) {
      if (!kept.contains(shardId)) {
        client.deleteItem(r -> r.tableName(name).key(key(shardId)));
      }
    }
    String place =
        start.kind() == StartPosition.Kind.OLDEST ? TRIM_HORIZON.name() : AT_TIMESTAMP.name();
    for (ShardLookup.Listed shard : first) {
      begin(shard, place);
    }
  }

  private void storeStart(StartPosition start) {
    long millis = start.time() == null ? 0 : start.time().toEpochMilli();
    client.updateItem(
        r ->
            r.tableName(name)
                .key(key(LeaseTable.APPLICATION))
                .updateExpression("SET startKind = :k, startMillis = :m")
                .expressionAttributeValues(
                    Map.of(
                        ":k", AttributeValue.fromS(start.kind().name()),
                        ":m", number(millis))));
  }

  /** A lease as KCL makes one, or the one that there is as if it were new. */
  private void begin(ShardLookup.Listed shard, String place) {
    client.updateItem(
        r ->
            r.tableName(name)
                .key(key(shard.shardId()))
                .updateExpression(
                    "SET entityType = :t, startingHashKey = :from, endingHashKey = :to, "
                        + PLACE
                        + " REMOVE childShardIds, "
                        + CLEARED
                        + " ADD leaseCounter :one")
                .expressionAttributeValues(
                    values(
                        place,
                        0,
                        Map.of(
                            ":t", AttributeValue.fromS(LEASE),
                            ":from", AttributeValue.fromS(shard.startingHashKey()),
                            ":to", AttributeValue.fromS(shard.endingHashKey())))));
  }

  private static final String PLACE =
      "checkpoint = :c, checkpointSubSequenceNumber = :s, ownerSwitchesSinceCheckpoint = :zero";

  private static Map<String, AttributeValue> values(
      String sequence, long messages, Map<String, AttributeValue> others) {
    Map<String, AttributeValue> values = new HashMap<>(others);
    values.put(":c", AttributeValue.fromS(sequence));
    values.put(":s", number(messages));
    values.put(":zero", number(0));
    values.put(":one", number(1));
    return values;
  }

  /**
   * Moves one shard, and takes its lease from whoever has it.
   *
   * @param position null: to its oldest record
   * @return whether there is such a lease
   */
  public boolean move(String shardId, Position position) {
    try {
      client.updateItem(
          r ->
              r.tableName(name)
                  .key(key(shardId))
                  .updateExpression(
                      "SET " + PLACE + " REMOVE " + CLEARED + " ADD leaseCounter :one")
                  .conditionExpression("attribute_exists(checkpoint)")
                  .expressionAttributeValues(
                      position == null
                          ? values(TRIM_HORIZON.name(), 0, Map.of())
                          : values(position.sequenceNumber(), position.messages(), Map.of())));
      return true;
    } catch (ConditionalCheckFailedException e) {
      return false;
    }
  }

  private List<Map<String, AttributeValue>> rows() {
    List<Map<String, AttributeValue>> rows = new ArrayList<>();
    client.scanPaginator(r -> r.tableName(name).consistentRead(true)).items().forEach(rows::add);
    return rows;
  }

  private static String text(Map<String, AttributeValue> row, String attribute) {
    AttributeValue value = row.get(attribute);
    return value == null ? null : value.s();
  }

  private static Map<String, AttributeValue> key(String value) {
    return Map.of(LeaseTable.KEY, AttributeValue.fromS(value));
  }

  private static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }
}
