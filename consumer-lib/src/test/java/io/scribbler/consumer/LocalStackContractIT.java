package io.scribbler.consumer;

import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.net.StreamName;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.testcontainers.containers.localstack.LocalStackContainer;
import org.testcontainers.containers.localstack.LocalStackContainer.Service;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** KCL with LocalStack's Kinesis and DynamoDB; needs Docker, so runs with -Ddocker=true. */
@Tag("docker")
final class LocalStackContractIT extends KclEngineContract {
  /** Later images ask for an account. */
  private static final DockerImageName IMAGE =
      DockerImageName.parse("localstack/localstack:4.14.0");

  private static LocalStackContainer container;
  private static KinesisClient client;

  @BeforeAll
  static void startContainer() {
    container = new LocalStackContainer(IMAGE).withServices(Service.KINESIS, Service.DYNAMODB);
    container.start();
    URI endpoint = container.getEndpointOverride(Service.KINESIS);
    client =
        KinesisConnection.open(
            new StreamLocation(StreamName.parse("any"), "us-east-1", endpoint, null, null, null),
            Map.of());
  }

  @AfterAll
  static void stopContainer() {
    client.close();
    container.stop();
  }

  @Override
  URI dynamoDb() {
    return container.getEndpointOverride(Service.DYNAMODB);
  }

  @Override
  URI endpoint() {
    return container.getEndpointOverride(Service.KINESIS);
  }

  @Override
  KinesisClient client() {
    return client;
  }
}
