package io.scribbler.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.testcontainers.containers.localstack.LocalStackContainer;
import org.testcontainers.containers.localstack.LocalStackContainer.Service;
import org.testcontainers.utility.DockerImageName;

/** The pipe and {@code firehose tail} with LocalStack; needs Docker, so runs with -Ddocker=true. */
@Tag("docker")
final class LocalStackIT {
  /** Later images ask for an account. */
  private static final DockerImageName IMAGE =
      DockerImageName.parse("localstack/localstack:4.14.0");

  @TempDir private static Path dir;

  private static final List<String> LINES = AccessLog.lines();
  private static LocalStackContainer container;
  private static Endpoint kinesis;
  private static Path input;

  @BeforeAll
  static void start() throws Exception {
    container = new LocalStackContainer(IMAGE).withServices(Service.KINESIS);
    container.start();
    kinesis = new Endpoint(container.getEndpointOverride(Service.KINESIS), dir);
    input = AccessLog.write(dir.resolve("access.log"), LINES);
  }

  @AfterAll
  static void stop() {
    container.stop();
  }

  @ParameterizedTest
  @ValueSource(strings = {"firehose", "kpl", "plain"})
  void everyLineOnce(String format) throws Exception {
    kinesis.create(format, 2);
    try (Program pipe = kinesis.pipe(input, format, "--format", format)) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    Counted.assertSame(kinesis.tail(format), LINES);
  }

  @Test
  void aMissingStreamIsWaitedFor() throws Exception {
    try (Program pipe = kinesis.pipe(input, "later")) {
      pipe.awaitSaid("create the stream");
      kinesis.create("later", 4);
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
    }
    Counted.assertSame(kinesis.tail("later"), LINES);
  }
}
