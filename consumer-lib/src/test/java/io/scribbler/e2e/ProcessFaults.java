package io.scribbler.e2e;

import io.scribbler.local.LocalOptions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** What ends a daemon, and a clock that goes back under it. */
final class ProcessFaults {
  private static final int LIVES = 10;
  private static final String STREAM =
      ", block-size: 64KiB, linger: 20ms, record-size: 128KiB, max-request-records: 20";

  private final Torture.Options options;

  ProcessFaults(Torture.Options options) {
    this.options = options;
  }

  void addTo(Map<String, Torture.Fault> faults) {
    faults.put("kill -9 in mid-flow", killed(Killer.Moment.FLOW, true));
    faults.put("kill -9 while spilling", killed(Killer.Moment.SPILL, true));
    faults.put("kill -9 while replaying", killed(Killer.Moment.REPLAY, true));
    faults.put("SIGTERM in mid-flow", killed(Killer.Moment.FLOW, false));
    faults.put("SIGTERM while spilling", killed(Killer.Moment.SPILL, false));
    faults.put("SIGTERM while replaying", killed(Killer.Moment.REPLAY, false));
    faults.put("clock set back an hour", (dir, seed) -> clock(dir));
  }

  private Rig.Settings settings(Path dir) {
    return Rig.Settings.in(options.program(), dir)
        .keys("memory: 8MiB\nacks: disk\nshutdown-timeout: 2s")
        .spool(dir.resolve("spool"), ", min-free: 1%")
        .stream(STREAM);
  }

  private static void clients(Rig rig) {
    rig.client(new Resender.Client("lines", 7, "a", "disk", "lines", 300, 2.5e6, 5000));
    rig.client(new Resender.Client("length", 7, "b", "disk", "length", 5000, 2.5e6, 400));
    rig.client(new Resender.Client("stream", 7, "c", "stream", "lines", 1000, 2.5e6, 2000));
  }

  private Torture.Fault killed(Killer.Moment moment, boolean atOnce) {
    return (dir, seed) -> {
      try (Rig rig = new Rig(settings(dir), LocalOptions.defaults().withSeed(seed))) {
        clients(rig);
        Killer killer = new Killer(rig, new Random(seed));
        int hit = 0;
        for (int i = 0; i < options.times(LIVES); i++) {
          Killer.Moment was = atOnce ? killer.kill(moment) : killer.terminate(moment);
          hit += was == moment ? 1 : 0;
        }
        rig.down(false);
        rig.stream().faults().reset();
        rig.begin().listening();
        return Torture.Outcome.of(hit, rig, rig.settle());
      }
    };
  }

  /** In mid-flow where a C compiler is there, and between two lives, whose identities differ. */
  private Torture.Outcome clock(Path dir) throws IOException, InterruptedException {
    Path offset = Files.write(dir.resolve("offset"), new byte[8]);
    Map<String, String> environment = shim(dir, offset);
    try (Rig rig = new Rig(settings(dir).environment(environment), LocalOptions.defaults())) {
      clients(rig);
      int times = options.times(5);
      long before = 0;
      for (int i = 0; i < times; i++) {
        rig.begin().listening();
        rig.awaitAcknowledged(5000);
        if (!environment.isEmpty()) {
          Files.write(offset, seconds(-3600L * (i + 1)), java.nio.file.StandardOpenOption.WRITE);
          rig.awaitAcknowledged(5000);
        } else {
          Path epoch = rig.spool().resolve("epoch");
          long last = Long.parseLong(Files.readString(epoch).strip());
          Files.writeString(epoch, last + (3600L << 20) + "\n");
        }
        rig.life().kill();
        long epoch = Long.parseLong(Files.readString(rig.spool().resolve("epoch")).strip());
        rig.require(epoch > before, "the epoch " + epoch + " is not above " + before);
        before = epoch;
      }
      rig.begin().listening();
      return Torture.Outcome.of(times, rig, rig.settle());
    }
  }

  private static byte[] seconds(long value) {
    return java.nio.ByteBuffer.allocate(8)
        .order(java.nio.ByteOrder.nativeOrder())
        .putLong(value)
        .array();
  }

  /** A library that moves the clock of a process by what a file says; none without a compiler. */
  private static Map<String, String> shim(Path dir, Path offset)
      throws IOException, InterruptedException {
    Path library = dir.resolve("clock.so");
    Path source = Path.of(System.getProperty("torture.clock", "scripts/torture-clock.c"));
    try {
      Process compiler =
          new ProcessBuilder(
                  "cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
              .redirectErrorStream(true)
              .redirectOutput(new File("/dev/null"))
              .start();
      if (!compiler.waitFor(Duration.ofMinutes(1).toSeconds(), TimeUnit.SECONDS)
          || compiler.exitValue() != 0) {
        return Map.of();
      }
    } catch (IOException e) {
      return Map.of(); // there is no compiler
    }
    return Map.of("LD_PRELOAD", library.toString(), "CLOCK_OFFSET_FILE", offset.toString());
  }
}
