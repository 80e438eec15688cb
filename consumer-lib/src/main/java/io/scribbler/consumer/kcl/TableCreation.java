package io.scribbler.consumer.kcl;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateGlobalSecondaryIndexAction;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexUpdate;
import software.amazon.awssdk.services.dynamodb.model.IndexStatus;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/** Makes KCL's table as KCL would, which looks only every ten seconds whether it is there. */
final class TableCreation {
  private static final Logger log = LoggerFactory.getLogger(TableCreation.class);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final String KEY = "leaseKey";
  private static final String OWNER = "leaseOwner";
  private static final String INDEX = "LeaseOwnerToLeaseKeyIndex";

  private static final List<AttributeDefinition> ATTRIBUTES =
      List.of(attribute(KEY), attribute(OWNER));
  private static final List<KeySchemaElement> INDEX_KEYS =
      List.of(element(OWNER, KeyType.HASH), element(KEY, KeyType.RANGE));
  private static final Projection KEYS_ONLY =
      Projection.builder().projectionType(ProjectionType.KEYS_ONLY).build();

  private final DynamoDbAsyncClient client;
  private final String name;

  TableCreation(DynamoDbAsyncClient client, String name) {
    this.client = client;
    this.name = name;
  }

  /** Returns when the table and its index can be used. */
  void awaitActive() throws InterruptedException {
    while (true) {
      Optional<TableDescription> table = describe();
      if (table.isEmpty()) {
        create();
      } else if (table.get().tableStatus() == TableStatus.ACTIVE) {
        Optional<GlobalSecondaryIndexDescription> index =
            table.get().globalSecondaryIndexes().stream()
                .filter(i -> i.indexName().equals(INDEX))
                .findFirst();
        if (index.isEmpty()) {
          addIndex(table.get());
        } else if (index.get().indexStatus() == IndexStatus.ACTIVE) {
          return;
        }
      }
      Thread.sleep(LOOK_AGAIN.toMillis());
    }
  }

  private Optional<TableDescription> describe() throws InterruptedException {
    try {
      return Optional.of(Answers.of(client.describeTable(r -> r.tableName(name))).table());
    } catch (ResourceNotFoundException e) {
      return Optional.empty();
    }
  }

  private void create() throws InterruptedException {
    try {
      Answers.of(
          client.createTable(
              r ->
                  r.tableName(name)
                      .billingMode(BillingMode.PAY_PER_REQUEST)
                      .attributeDefinitions(ATTRIBUTES)
                      .keySchema(element(KEY, KeyType.HASH))
                      .globalSecondaryIndexes(
                          GlobalSecondaryIndex.builder()
                              .indexName(INDEX)
                              .keySchema(INDEX_KEYS)
                              .projection(KEYS_ONLY)
                              .build())));
      log.info("table {}: created", name);
    } catch (ResourceInUseException e) {
      log.debug("table {}: another process creates it", name);
    }
  }

  /** A table of KCL 2 or 1 has no index yet. */
  private void addIndex(TableDescription table) throws InterruptedException {
    log.info("table {}: gets the index that KCL 3 needs; that can take minutes", name);
    CreateGlobalSecondaryIndexAction.Builder index =
        CreateGlobalSecondaryIndexAction.builder()
            .indexName(INDEX)
            .keySchema(INDEX_KEYS)
            .projection(KEYS_ONLY);
    if (table.billingModeSummary() == null) {
      // Capacity was bought for the table; the index gets the same.
      index.provisionedThroughput(
          t ->
              t.readCapacityUnits(table.provisionedThroughput().readCapacityUnits())
                  .writeCapacityUnits(table.provisionedThroughput().writeCapacityUnits()));
    }
    GlobalSecondaryIndexUpdate update =
        GlobalSecondaryIndexUpdate.builder().create(index.build()).build();
    try {
      Answers.of(
          client.updateTable(
              r ->
                  r.tableName(name)
                      .attributeDefinitions(ATTRIBUTES)
                      .globalSecondaryIndexUpdates(update)));
    } catch (ResourceInUseException e) {
      log.debug("table {}: another process changes it", name);
    }
  }

  private static AttributeDefinition attribute(String name) {
    return AttributeDefinition.builder()
        .attributeName(name)
        .attributeType(ScalarAttributeType.S)
        .build();
  }

  private static KeySchemaElement element(String name, KeyType type) {
    return KeySchemaElement.builder().attributeName(name).keyType(type).build();
  }
}
