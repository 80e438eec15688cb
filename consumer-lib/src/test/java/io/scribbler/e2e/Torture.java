package io.scribbler.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import software.amazon.awssdk.core.exception.SdkException;

/** {@code scripts/torture}: breaks everything around a daemon and counts what came of it. */
final class Torture {
  private static final String USAGE =
      """
      Usage: scripts/torture [--scale F] [--hours H] [--only WORD] [--dir DIR] [--seed N]
        --scale F    times and numbers of kills are multiplied by it; 1 is what
                     docs/reliability.md shows, 0.1 a quick look
        --hours H    goes on until H hours are over, with another seed each time
        --only WORD  only faults whose name contains it
        --dir DIR    where it works, with gigabytes free; the system's temporary directory
        --seed N     of what is random; it is printed
      Exit code 1 if a message was lost or not recognised, or accounts did not balance.
      """;

  private final Options options;
  private final List<Row> rows = new ArrayList<>();

  private Torture(Options options) {
    this.options = options;
  }

  /** What it was told on the command line. */
  record Options(Path program, Path dir, double scale, double hours, String only, long seed) {
    Duration time(double seconds) {
      return Duration.ofMillis((long) (seconds * scale * 1000));
    }

    int times(int count) {
      return Math.max(1, (int) Math.round(count * scale));
    }
  }

  /**
   * What came of a fault.
   *
   * @param tried how often it was brought about
   * @param aside messages that lie in quarantine or among the dead letters, and were told to be
   */
  record Outcome(long tried, StreamAudit.Tally tally, long aside, List<String> wrong) {
    static Outcome of(long tried, Rig rig, StreamAudit.Tally tally) {
      return new Outcome(tried, tally, 0, rig.wrongAccounts());
    }

    boolean clean() {
      return tally.clean() && wrong.isEmpty();
    }
  }

  /** A fault that is brought about in an empty directory. */
  interface Fault {
    Outcome run(Path dir, long seed) throws IOException, InterruptedException;
  }

  private record Row(String fault, Outcome outcome, double seconds) {
    @Override
    public String toString() {
      StreamAudit.Tally tally = outcome.tally();
      return String.format(
          Locale.ROOT,
          "| %s | %,d | %,d | %,d | %,d | %,d | %,d | %.0f |",
          fault,
          outcome.tried(),
          tally.accepted(),
          tally.lost(),
          tally.duplicated(),
          tally.unrecognised(),
          outcome.aside(),
          seconds);
    }
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Options options = options(args);
    if (options == null) {
      System.err.print(USAGE);
      System.exit(2);
    }
    System.exit(new Torture(options).run() ? 0 : 1);
  }

  private static Options options(String[] args) {
    Path dir = Path.of(System.getProperty("java.io.tmpdir"));
    double scale = 1;
    double hours = 0;
    String only = "";
    long seed = System.nanoTime();
    try {
      for (int i = 0; i < args.length; i += 2) {
        String value = i + 1 < args.length ? args[i + 1] : "";
        switch (args[i]) {
          case "--scale" -> scale = Double.parseDouble(value);
          case "--hours" -> hours = Double.parseDouble(value);
          case "--only" -> only = value;
          case "--dir" -> dir = Path.of(value);
          case "--seed" -> seed = Long.parseLong(value);
          default -> {
            return null;
          }
        }
      }
    } catch (NumberFormatException e) {
      return null;
    }
    return new Options(
        Path.of(System.getProperty("program.scribbler")), dir, scale, hours, only, seed);
  }

  private boolean run() throws IOException, InterruptedException {
    Map<String, Fault> faults = new LinkedHashMap<>();
    new StreamFaults(options).addTo(faults);
    new ProcessFaults(options).addTo(faults);
    new DiskFaults(options).addTo(faults);
    new ClientFaults(options).addTo(faults);
    faults.keySet().removeIf(name -> !name.contains(options.only));
    System.out.printf("seed %d, scale %s%n", options.seed, options.scale);
    System.out.println(
        "| fault | tried | accepted | lost | duplicated | not recognised | kept aside | seconds |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    long start = System.nanoTime();
    long seed = options.seed;
    boolean clean = true;
    do {
      for (Map.Entry<String, Fault> fault : faults.entrySet()) {
        clean &= run(fault.getKey(), fault.getValue(), seed++);
      }
    } while (System.nanoTime() - start < options.hours * 3600e9);
    return clean;
  }

  private boolean run(String name, Fault fault, long seed)
      throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory(options.dir, "torture");
    long start = System.nanoTime();
    try {
      Outcome outcome = fault.run(dir, seed);
      Row row = new Row(name, outcome, (System.nanoTime() - start) / 1e9);
      rows.add(row);
      System.out.println(row);
      outcome.wrong().stream().distinct().limit(5).forEach(System.out::println);
      return outcome.clean();
    } catch (IllegalStateException | SdkException e) {
      System.out.printf("| %s | failed: %s |%n", name, e.getMessage());
      return false;
    } finally {
      BrokenDisk.delete(dir);
    }
  }
}
