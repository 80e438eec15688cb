package io.scribbler.firehose;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.kcl.CheckpointTable;
import io.scribbler.consumer.reading.ReadTrouble;
import io.scribbler.consumer.reading.ShardLookup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/** Checkpoints in KCL's table. */
final class TableStore implements ProgressStore {
  /** Twice the longest time between two signs of life of a worker as KCL has it by default. */
  private static final Duration ALIVE = Duration.ofMinutes(1);

  private final DynamoDbClient client;
  private final CheckpointTable table;
  private final String name;

  private TableStore(DynamoDbClient client, String name) {
    this.client = client;
    this.table = new CheckpointTable(client, name);
    this.name = name;
  }

  /**
   * The table of an application; takes the client over.
   *
   * @param table null: it has the application's name, or that and the stream's
   * @param stream null: whichever stream's the table is
   */
  static TableStore find(DynamoDbClient client, String table, String application, String stream)
      throws IOException {
    List<String> names = new ArrayList<>();
    names.add(table == null ? application : table);
    if (table == null && stream != null) {
      names.add(application + "." + stream);
    }
    try {
      for (String name : names) {
        TableStore store = new TableStore(client, name);
        if (store.isThere(stream)) {
          return store;
        }
      }
    } catch (IOException | RuntimeException e) {
      client.close();
      throw e;
    }
    client.close();
    throw new StreamException(
        "there is no table "
            + String.join(" or ", names)
            + " in DynamoDB; check --application, --table and --region, or give --state for"
            + " checkpoints in files",
        null);
  }

  private boolean isThere(String stream) throws IOException {
    Optional<String> arn;
    try {
      arn = ask(table::stream);
    } catch (StreamException e) {
      if (e.getCause() instanceof ResourceNotFoundException) {
        return false;
      }
      throw e;
    }
    if (stream != null && arn.isPresent() && !arn.get().endsWith(":stream/" + stream)) {
      throw new StreamException(
          "table " + name + " keeps the progress of " + arn.get() + ", not of " + stream, null);
    }
    return true;
  }

  @Override
  public Optional<StartPosition> start() throws IOException {
    return ask(table::start);
  }

  @Override
  public Map<String, Stored> shards() throws IOException {
    Map<String, Stored> shards = new TreeMap<>();
    ask(table::leases)
        .forEach(
            (shardId, lease) ->
                shards.put(shardId, new Stored(lease.committed(), lease.pending(), lease.owner())));
    return shards;
  }

  @Override
  public boolean paused() throws IOException {
    return ask(table::paused);
  }

  @Override
  public void pause(boolean paused) throws IOException {
    if (!ask(() -> table.pause(paused))) {
      throw unknown();
    }
  }

  private StreamException unknown() {
    return new StreamException(
        "table " + name + " has not been used by a consumer of this library; start one first",
        null);
  }

  @Override
  public Optional<String> busy() throws IOException {
    Map<String, Duration> alive = ask(() -> table.alive(ALIVE));
    return alive.isEmpty()
        ? Optional.empty()
        : Optional.of(
            alive.entrySet().stream()
                    .map(e -> e.getKey() + " (seen " + e.getValue().toSeconds() + " s ago)")
                    .collect(Collectors.joining(", ", "table " + name + " has live workers: ", ""))
                + "; stop them and wait a minute, or give --force to take the shards from them");
  }

  @Override
  public void reset(StartPosition start, List<ShardLookup.Listed> first) throws IOException {
    ask(
        () -> {
          table.reset(start, first);
          return null;
        });
  }

  @Override
  public void reset(String shardId, StartPosition to, String record) throws IOException {
    boolean oldest = to.kind() == StartPosition.Kind.OLDEST;
    if (!oldest && start().isEmpty()) {
      // KCL itself would take the position for one record further.
      throw unknown();
    }
    if (!ask(() -> table.move(shardId, oldest ? null : new Position(record, 0)))) {
      throw new StreamException(
          "table "
              + name
              + " has no lease for "
              + shardId
              + ": it has not begun, or was done long ago; see firehose checkpoints ls",
          null);
    }
  }

  private <T> T ask(Supplier<T> call) throws IOException {
    try {
      return call.get();
    } catch (ResourceNotFoundException e) {
      throw new StreamException("there is no table " + name + " in DynamoDB", e);
    } catch (SdkException e) {
      String line = ReadTrouble.oneLine(e);
      switch (ReadTrouble.of(e)) {
        case NO_CREDENTIALS ->
            throw new StreamException(ReadTrouble.NO_CREDENTIALS.advice() + " (" + line + ")", e);
        case DENIED ->
            throw new StreamException(
                "the AWS credentials are refused; they need dynamodb:GetItem, Scan, UpdateItem and"
                    + " DeleteItem on table "
                    + name
                    + " ("
                    + line
                    + ")",
                e);
        default -> throw new IOException("table " + name + ": DynamoDB: " + line, e);
      }
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
