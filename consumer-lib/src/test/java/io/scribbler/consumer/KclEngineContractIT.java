package io.scribbler.consumer;

import io.scribbler.e2e.Dynalite;
import io.scribbler.e2e.KinesisLocal;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** KCL, with a Kinesis and a DynamoDB that nobody here wrote. */
final class KclEngineContractIT extends KclEngineContract {
  private static KinesisLocal kinesis;
  private static Dynalite dynalite;
  private static KinesisClient client;
  @TempDir private static Path directory;

  @BeforeAll
  static void startStandIns() throws Exception {
    kinesis = KinesisLocal.start(directory, List.of("any"));
    dynalite = Dynalite.start(directory);
    client = kinesis.client();
  }

  @AfterAll
  static void stopStandIns() {
    client.close();
    kinesis.close();
    dynalite.close();
  }

  @Override
  URI dynamoDb() {
    return dynalite.uri();
  }

  @Override
  URI endpoint() {
    return kinesis.uri();
  }

  @Override
  KinesisClient client() {
    return client;
  }
}
