package io.scribbler.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.local.LocalOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed at random moments, again and again, while Kinesis goes down and up and
 * fails: 20 times, or as often as {@code -Dcrash.kills=N} says, with {@code -Dcrash.seed=S} as
 * before.
 */
final class CrashIT {
  @TempDir private Path dir;

  @Test
  void nothingAcknowledgedIsMissingAfterKills() throws Exception {
    int kills = Integer.getInteger("crash.kills", 20);
    long seed = Long.getLong("crash.seed", System.nanoTime());
    System.out.printf("crash.seed=%d crash.kills=%d%n", seed, kills);
    Rig.Settings settings =
        Rig.Settings.in(Path.of(System.getProperty("program.scribbler")), dir)
            .keys("memory: 8MiB\nacks: disk")
            .spool(dir.resolve("spool"), ", min-free: 0%")
            .stream(
                ", block-size: 64KiB, linger: 20ms, record-size: 128KiB, max-request-records: 20");
    long start = System.nanoTime();
    try (Rig rig = new Rig(settings, LocalOptions.defaults().withSeed(seed))) {
      rig.client(client("lines", "disk", "lines", 300));
      rig.client(client("length", "disk", "length", 5000));
      rig.client(client("stream", "stream", "lines", 1000));
      Map<Killer.Moment, Integer> fell = new EnumMap<>(Killer.Moment.class);
      List<Killer.Moment> moments = List.of(Killer.Moment.values());
      Killer killer = new Killer(rig, new Random(seed));
      for (int kill = 0; kill < kills; kill++) {
        fell.merge(killer.kill(moments.get(kill % moments.size())), 1, Integer::sum);
      }
      for (Killer.Moment missed : moments) { // on a busy machine a moment may have passed
        for (int more = 0; more < 5 && !fell.containsKey(missed); more++) {
          fell.merge(killer.kill(missed), 1, Integer::sum);
        }
      }
      rig.down(false);
      rig.stream().faults().reset();
      rig.begin().listening();
      StreamAudit.Tally tally = rig.settle();
      System.out.printf(
          "%s in %d s: %s%n", tally, Duration.ofNanos(System.nanoTime() - start).toSeconds(), fell);
      assertThat(tally.lost()).as("lost").isZero();
      assertThat(tally.unrecognised()).as("unrecognised").isZero();
      assertThat(rig.wrongAccounts()).isEmpty();
      for (Resender client : rig.clients()) {
        // All was acknowledged at the end, so there is no gap up to the last.
        assertThat(client.acknowledged()).isPositive();
        assertThat((long) rig.audit().seen(client.client()).nextClearBit(0))
            .isEqualTo(client.acknowledged());
      }
      assertThat(fell).containsOnlyKeys(Killer.Moment.values());
    }
  }

  private static Resender.Client client(String name, String acks, String framing, int bytes) {
    return new Resender.Client(
        name, 7, "t-" + name, acks, framing, bytes, 2.5e6, 2_000_000 / bytes);
  }
}
