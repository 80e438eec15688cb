package io.scribbler.consumer.kcl;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/** A DynamoDB with the row of one lease, of which it keeps the owner and the time. Any thread. */
final class OneRow implements DynamoDbAsyncClient {
  // Guarded by this.
  private String owner = "me";
  private AttributeValue upTo;
  private int writes;
  private boolean failing;

  synchronized void own(String newOwner) {
    owner = newOwner;
  }

  synchronized void fail(boolean fails) {
    failing = fails;
  }

  synchronized void put(Instant newUpTo) {
    upTo = AttributeValue.fromN(Long.toString(newUpTo.toEpochMilli()));
  }

  synchronized Instant upTo() {
    return upTo == null ? null : Instant.ofEpochMilli(Long.parseLong(upTo.n()));
  }

  synchronized int writes() {
    return writes;
  }

  @Override
  public synchronized CompletableFuture<GetItemResponse> getItem(GetItemRequest request) {
    Map<String, AttributeValue> row = upTo == null ? Map.of() : Map.of(LeaseTable.UP_TO, upTo);
    return CompletableFuture.completedFuture(GetItemResponse.builder().item(row).build());
  }

  @Override
  public synchronized CompletableFuture<UpdateItemResponse> updateItem(UpdateItemRequest request) {
    if (failing) {
      return CompletableFuture.failedFuture(SdkClientException.create("DynamoDB is away"));
    }
    Map<String, AttributeValue> values = request.expressionAttributeValues();
    if (!values.get(":w").s().equals(owner)) {
      return CompletableFuture.failedFuture(
          ConditionalCheckFailedException.builder().message("not the owner").build());
    }
    writes++;
    upTo = values.get(":u");
    return CompletableFuture.completedFuture(UpdateItemResponse.builder().build());
  }

  @Override
  public String serviceName() {
    return "dynamodb";
  }

  @Override
  public void close() {}
}
