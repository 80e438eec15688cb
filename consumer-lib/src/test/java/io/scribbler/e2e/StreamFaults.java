package io.scribbler.e2e;

import io.scribbler.local.LocalOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** What Kinesis and the network do wrong while 20 MB/s come. */
final class StreamFaults {
  private static final int CLIENTS = 4;
  private static final double RATE = 20e6;

  private final Torture.Options options;

  StreamFaults(Torture.Options options) {
    this.options = options;
  }

  void addTo(Map<String, Torture.Fault> faults) {
    faults.put("Kinesis down for 60 s at 20 MB/s", (dir, seed) -> down(dir));
    faults.put("connections cut every second", (dir, seed) -> cut(dir));
    faults.put("50% partial failures", (dir, seed) -> partial(dir, seed));
    faults.put("throttling to a tenth", (dir, seed) -> throttled(dir));
  }

  private Rig start(Path dir, LocalOptions local) throws IOException {
    Rig rig =
        new Rig(
            Rig.Settings.in(options.program(), dir)
                .keys("memory: 64MiB\nacks: disk")
                .spool(dir.resolve("spool"), ", min-free: 1%"),
            local);
    rig.begin().listening();
    for (int i = 0; i < CLIENTS; i++) {
      rig.client(
          new Resender.Client(
              "app-" + i, 7, "hits", "disk", "lines", 1000, RATE / CLIENTS, 20_000));
    }
    return rig;
  }

  private Torture.Outcome down(Path dir) throws IOException, InterruptedException {
    try (Rig rig = start(dir, LocalOptions.defaults())) {
      Until.passed(options.time(5));
      rig.down(true);
      Until.passed(options.time(60));
      rig.down(false);
      Until.passed(options.time(5));
      return Torture.Outcome.of(1, rig, rig.settle());
    }
  }

  /** Those to Kinesis, by closing the door, and those of the clients. */
  private Torture.Outcome cut(Path dir) throws IOException, InterruptedException {
    try (Rig rig = start(dir, LocalOptions.defaults())) {
      int cuts = options.times(60);
      for (int i = 0; i < cuts; i++) {
        Until.passed(Duration.ofSeconds(1));
        rig.down(true);
        rig.down(false);
        rig.clients().forEach(Resender::cut);
      }
      return Torture.Outcome.of(cuts, rig, rig.settle());
    }
  }

  private Torture.Outcome partial(Path dir, long seed) throws IOException, InterruptedException {
    try (Rig rig = start(dir, LocalOptions.defaults().withSeed(seed))) {
      rig.stream().faults().failRecords(0.5);
      Until.passed(options.time(30));
      StreamAudit.Tally tally = rig.settle();
      return Torture.Outcome.of(rig.stream().counters().failedRecords(), rig, tally);
    }
  }

  /** Four shards that take a tenth of what comes together; the rest waits on disk. */
  private Torture.Outcome throttled(Path dir) throws IOException, InterruptedException {
    long each = (long) (RATE / 10 / 4);
    try (Rig rig = start(dir, LocalOptions.defaults().withThrottle(each, 1000))) {
      Until.passed(options.time(10));
      StreamAudit.Tally tally = rig.settle();
      return Torture.Outcome.of(rig.stream().counters().throttledRecords(), rig, tally);
    }
  }
}
