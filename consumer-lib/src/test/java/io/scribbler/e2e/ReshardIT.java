package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.Streams;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ScalingType;

/** Shards doubled, then halved, while lines flow and each shard takes 1 MiB/s. */
final class ReshardIT {
  private static final String STREAM = "s";
  private static final double SHARD = 1 << 20;

  @TempDir private Path dir;

  @Test
  void throughputFollowsTheShards() throws Exception {
    try (LocalStream local =
        LocalStream.start(LocalOptions.defaults().withThrottle().withStream(STREAM, 2))) {
      Endpoint kinesis = new Endpoint(local.endpoint(), dir);
      // Little memory, so that what is written last is delivered soon.
      try (Program pipe =
              kinesis.openPipe(
                  STREAM,
                  "--compression",
                  "none",
                  "--memory",
                  "8MiB",
                  "--record-size",
                  "128KiB",
                  "--spool-min-free",
                  "99"); // so that the feeder is held up, and doesn't fill the disk
          Feeder feeder = Feeder.start(pipe);
          KinesisClient client = kinesis.client()) {
        Rate rate = new Rate(local);
        await().until(() -> local.counters().throttledRecords() > 0);
        scale(client, 4);
        rate.await("4 shards", 2.4 * SHARD, 4.2 * SHARD);
        scale(client, 2);
        rate.await("2 shards", 0.9 * SHARD, 2.2 * SHARD);
        List<String> written = feeder.stop();
        assertThat(pipe.exitCode()).as(pipe.err()).isZero();
        assertThat(pipe.err())
            .contains("2 open shards became 4", "4 open shards became 2")
            .doesNotContain("ERROR");
        Counted.assertSame(kinesis.tail(STREAM), written);
      }
    }
  }

  private static void scale(KinesisClient client, int shards) {
    client.updateShardCount(
        r ->
            r.streamName(STREAM).targetShardCount(shards).scalingType(ScalingType.UNIFORM_SCALING));
    await().until(() -> Streams.openShards(client, STREAM).size() == shards);
  }

  /** How many bytes a second the stream takes, measured again and again. */
  private static final class Rate {
    private static final Duration SPAN = Duration.ofSeconds(2);

    private final LocalStream local;
    private long bytes;
    private long nanos;
    private int within; // how many spans in a row

    Rate(LocalStream local) {
      this.local = local;
    }

    /** Waits for two spans in a row in which the rate is between the two, for a minute at most. */
    void await(String what, double least, double most) {
      long start = System.nanoTime();
      within = 0;
      next();
      Patience.await(what)
          .atMost(Duration.ofMinutes(1))
          .pollDelay(SPAN)
          .pollInterval(SPAN)
          .until(
              () -> {
                double now = next();
                System.out.printf(
                    "%s, after %.1f s: %.2f MiB/s%n",
                    what, (System.nanoTime() - start) / 1e9, now / SHARD);
                within = now >= least && now <= most ? within + 1 : 0;
                return within == 2;
              });
    }

    private double next() {
      long bytesBefore = bytes;
      long nanosBefore = nanos;
      bytes = local.counters().acceptedBytes();
      nanos = System.nanoTime();
      return (bytes - bytesBefore) * 1e9 / (nanos - nanosBefore);
    }
  }
}
