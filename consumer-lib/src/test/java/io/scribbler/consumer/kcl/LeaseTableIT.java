package io.scribbler.consumer.kcl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.e2e.Dynalite;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What the library keeps in KCL's table. */
final class LeaseTableIT {
  private static final String ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static Dynalite dynalite;
  private static DynamoDbAsyncClient client;
  @TempDir private static Path directory;

  private final String name = "table-" + NAMES.incrementAndGet();
  private LeaseTable table;

  @BeforeAll
  static void startStandIn() throws Exception {
    dynalite = Dynalite.start(directory);
    URI endpoint = dynalite.uri();
    client =
        DynamoDbAsyncClient.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
            .build();
  }

  @AfterAll
  static void stopStandIn() {
    client.close();
    dynalite.close();
  }

  @BeforeEach
  void createTable() throws Exception {
    new TableCreation(client, name).awaitActive();
    table = new LeaseTable(client, name);
  }

  private void put(Map<String, AttributeValue> row) throws Exception {
    Answers.of(client.putItem(r -> r.tableName(name).item(row)));
  }

  @Test
  void theFirstStartLasts() throws Exception {
    StartPosition first = StartPosition.at(Instant.ofEpochMilli(1_000_000));
    assertThat(table.application()).isEmpty();
    assertThat(table.register(ARN, first).start()).isEqualTo(first);
    assertThat(table.register(ARN, StartPosition.oldest()).start()).isEqualTo(first);
    assertThat(table.application().orElseThrow().start()).isEqualTo(first);
  }

  @Test
  void theTableOfAnotherStreamIsRefused() throws Exception {
    table.register(ARN, StartPosition.oldest());
    assertThatThrownBy(() -> table.register(ARN + "2", StartPosition.oldest()))
        .isInstanceOf(StreamException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("another table");
  }

  @Test
  void aPauseMayBeStoredBeforeTheFirstStart() throws Exception {
    table.pause(true);
    assertThat(table.application()).isEmpty();
    assertThat(table.register(ARN, StartPosition.oldest()).paused()).isTrue();
    table.pause(false);
    assertThat(table.application().orElseThrow().paused()).isFalse();
  }

  @Test
  void onlyTheOwnerStoresUpToWhenAShardIsDone() throws Exception {
    put(
        Map.of(
            "leaseKey", AttributeValue.fromS("shard"), "leaseOwner", AttributeValue.fromS("me")));
    Instant upTo = Instant.ofEpochMilli(1234);
    assertThat(table.upTo("shard")).isNull();
    assertThat(table.storeUpTo("shard", "other", upTo)).isFalse();
    assertThat(table.upTo("shard")).isNull();
    assertThat(table.storeUpTo("shard", "me", upTo)).isTrue();
    assertThat(table.upTo("shard")).isEqualTo(upTo);
    // Not even a row comes of a shard that is not there.
    assertThat(table.storeUpTo("none", "me", upTo)).isFalse();
  }

  @Test
  void aTableOfKcl2IsTakenOnceItsWorkersHaveStopped() throws Exception {
    Duration renewal = Duration.ofMillis(600);
    table.refuseOldWorkers(renewal);
    putLease(1);
    table.refuseOldWorkers(renewal);
    AtomicInteger counter = new AtomicInteger(1);
    ScheduledExecutorService worker = Executors.newSingleThreadScheduledExecutor();
    try {
      Future<?> renewals =
          worker.scheduleAtFixedRate(
              () -> putLease(counter.incrementAndGet()), 0, 100, TimeUnit.MILLISECONDS);
      assertThatThrownBy(() -> table.refuseOldWorkers(renewal))
          .isInstanceOf(StreamException.class)
          .hasMessageContaining("still run");
      putVersion("CLIENT_VERSION_3X");
      table.refuseOldWorkers(renewal);
      putVersion("CLIENT_VERSION_UPGRADE_FROM_2X");
      assertThatThrownBy(() -> table.refuseOldWorkers(renewal))
          .isInstanceOf(StreamException.class)
          .hasMessageContaining("finish it");
      renewals.cancel(false);
    } finally {
      worker.shutdownNow();
    }
  }

  private void putLease(int counter) {
    client
        .putItem(
            r ->
                r.tableName(name)
                    .item(
                        Map.of(
                            "leaseKey",
                            AttributeValue.fromS("shard"),
                            "leaseOwner",
                            AttributeValue.fromS("old"),
                            "leaseCounter",
                            AttributeValue.fromN(Integer.toString(counter)))))
        .join();
  }

  private void putVersion(String version) throws Exception {
    put(
        Map.of(
            "leaseKey", AttributeValue.fromS("Migration3.0"), "cv", AttributeValue.fromS(version)));
  }

  @Test
  void whoGaveASignOfLifeLately() throws Exception {
    for (String worker : new String[] {"me", "other", "dead"}) {
      long age = worker.equals("dead") ? 60 : 0;
      put(
          Map.of(
              "leaseKey",
              AttributeValue.fromS(worker),
              "entityType",
              AttributeValue.fromS("WORKER_METRIC_STATS"),
              "lut",
              AttributeValue.fromN(Long.toString(Instant.now().getEpochSecond() - age))));
    }
    assertThat(table.alive(Duration.ofSeconds(30), "me")).containsExactly("other");
    table.removeWorker("other");
    assertThat(table.alive(Duration.ofSeconds(30), "me")).isEmpty();
  }
}
