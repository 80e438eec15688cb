package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.Streams;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ScalingType;

/** The pipe and {@code firehose tail} with a Kinesis that nobody here wrote. */
final class KinesisLocalIT {
  @TempDir private static Path dir;

  /** Fewer than elsewhere, since it takes a record at a time. */
  private static final List<String> LINES = AccessLog.lines().subList(0, 3000);

  private static KinesisLocal stream;
  private static Endpoint kinesis;
  private static Path input;

  @BeforeAll
  static void start() throws Exception {
    stream = KinesisLocal.start(dir, List.of("firehose", "kpl", "plain", "reshard"));
    kinesis = stream.endpoint();
    input = AccessLog.write(dir.resolve("access.log"), LINES);
  }

  @AfterAll
  static void stop() {
    stream.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"firehose", "kpl", "plain"})
  void everyLineOnce(String format) throws Exception {
    try (Program pipe = kinesis.pipe(input, format, "--format", format)) {
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      assertThat(pipe.err()).doesNotContain("WARN", "ERROR");
    }
    Counted.assertSame(kinesis.tail(format), LINES);
  }

  @Test
  void shardsAreDoubledInMidFlow() throws Exception {
    try (Program pipe =
            kinesis.openPipe(
                "reshard",
                "--linger",
                "5ms",
                "--memory",
                "8MiB",
                "--shard-refresh",
                "1s",
                "--spool-min-free",
                "99"); // so that the feeder is held up, and doesn't fill the disk
        Feeder feeder = Feeder.start(pipe);
        KinesisClient client = kinesis.client()) {
      pipe.awaitSaid("2 open shards");
      client.updateShardCount(
          r ->
              r.streamName("reshard").targetShardCount(4).scalingType(ScalingType.UNIFORM_SCALING));
      await().until(() -> Streams.openShards(client, "reshard").size() == 4);
      pipe.awaitSaid("2 open shards became 4");
      List<String> written = feeder.stop();
      assertThat(pipe.exitCode()).as(pipe.err()).isZero();
      Counted.assertSame(kinesis.tail("reshard"), written);
    }
  }
}
