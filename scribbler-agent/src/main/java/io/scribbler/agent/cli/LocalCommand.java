package io.scribbler.agent.cli;

import io.scribbler.local.Faults;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code scribbler local}: an embedded stream, until it is told to stop. */
@Command(
    name = "local",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs an embedded stream that speaks the Kinesis API over HTTP.",
      "It is for development, tests and benchmarks only, not for production:"
          + " it checks no credentials and forces nothing to the disk."
    })
public final class LocalCommand implements Callable<Integer> {
  private static final int USAGE = 2;

  @Spec private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "4567",
      description = "port to listen on, 0 for any that is free (default: ${DEFAULT-VALUE})")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "address to listen on (default: ${DEFAULT-VALUE})")
  private String host;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "keep everything in this directory (default: in memory)")
  private Path dir;

  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "4",
      description = "shards of a stream that names no number (default: ${DEFAULT-VALUE})")
  private int shards;

  @Option(
      names = "--stream",
      paramLabel = "NAME[:SHARDS]",
      description = "a stream that is there from the start; may be given again")
  private List<String> streams = List.of();

  @Option(names = "--auto-create", description = "make a missing stream when it is first named")
  private boolean autoCreate;

  @Option(
      names = "--throttle",
      paramLabel = "RATE",
      arity = "0..1",
      fallbackValue = "1MiB",
      converter = Size.class,
      description =
          "limit each shard to RATE bytes (default: 1MiB) and 1,000 records a second,"
              + " and its readers to 2 MiB and five reads a second")
  private Long throttle;

  @Option(
      names = "--throttle-records",
      paramLabel = "N",
      defaultValue = "1000",
      description = "with --throttle: records a second of each shard (default: ${DEFAULT-VALUE})")
  private long throttleRecords;

  @Option(
      names = "--max-record-size",
      paramLabel = "SIZE",
      defaultValue = "1MiB",
      converter = Size.class,
      description = "largest record, up to 10MiB (default: ${DEFAULT-VALUE})")
  private long maxRecordSize;

  @Option(
      names = "--retain",
      paramLabel = "SIZE",
      defaultValue = "256MiB",
      converter = Size.class,
      description =
          "memory for records, or with --dir for their index; the oldest are forgotten"
              + " (default: ${DEFAULT-VALUE})")
  private long retain;

  @Option(
      names = "--retain-disk",
      paramLabel = "SIZE",
      defaultValue = "16GiB",
      converter = Size.class,
      description =
          "with --dir: disk for records; the oldest are deleted (default: ${DEFAULT-VALUE})")
  private long retainDisk;

  @Option(
      names = "--fail-percent",
      paramLabel = "P",
      description = "records of a PutRecords that fail with InternalFailure")
  private double failPercent;

  @Option(
      names = "--throttle-percent",
      paramLabel = "P",
      description = "records of a PutRecords that fail as throttled")
  private double throttlePercent;

  @Option(
      names = "--error-percent",
      paramLabel = "P",
      description = "requests that are answered with status 500")
  private double errorPercent;

  @Option(
      names = "--drop-connections-percent",
      paramLabel = "P",
      description = "requests whose connection is closed before they are read")
  private double dropConnectionsPercent;

  @Option(
      names = "--drop-answers-percent",
      paramLabel = "P",
      description = "requests that are applied, and their connection closed without an answer")
  private double dropAnswersPercent;

  @Option(
      names = "--delay",
      paramLabel = "TIME",
      defaultValue = "0ms",
      converter = Time.class,
      description = "wait this long before each request is applied, such as 50ms")
  private Duration delay;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "seed of what fails at random (default: ${DEFAULT-VALUE})")
  private long seed;

  @Override
  public Integer call() {
    try {
      return run();
    } catch (IllegalArgumentException e) {
      return fail(e.getMessage());
    } catch (UncheckedIOException e) {
      return fail(e.getMessage());
    }
  }

  private int run() {
    LocalOptions options =
        LocalOptions.defaults()
            .withHost(host)
            .withPort(port)
            .withDir(dir)
            .withShards(shards)
            .withStreams(streams)
            .withAutoCreate(autoCreate)
            .withMaxRecordBytes((int) Math.min(maxRecordSize, Integer.MAX_VALUE))
            .withRetention(retain, retainDisk)
            .withSeed(seed);
    if (throttle != null) {
      options = options.withThrottle(throttle, throttleRecords);
    }
    try (LocalStream stream = LocalStream.start(options)) {
      setFaults(stream.faults());
      announce(stream);
      Thread stop = new Thread(() -> stop(stream), "stop");
      Runtime.getRuntime().addShutdownHook(stop);
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException e) {
      return 0;
    }
  }

  /** Ends the process with 0 whatever signal stops it: stopping is what it was asked for. */
  private static void stop(LocalStream stream) {
    stream.close();
    Runtime.getRuntime().halt(0);
  }

  private void setFaults(Faults faults) {
    faults
        .failRecords(failPercent / 100)
        .throttleRecords(throttlePercent / 100)
        .errorRequests(errorPercent / 100)
        .dropBeforeReading(dropConnectionsPercent / 100)
        .dropAfterApplying(dropAnswersPercent / 100)
        .delay(delay);
  }

  private void announce(LocalStream stream) {
    PrintWriter err = spec.commandLine().getErr();
    if (!isLoopback()) {
      err.println(
          "scribbler local: warning: --host "
              + host
              + " lets other hosts in, and nobody's credentials are checked");
    }
    err.println(
        "scribbler local: listening on "
            + stream.endpoint()
            + " (for development, tests and benchmarks only)");
    err.println(
        "scribbler local: clients find it with AWS_ENDPOINT_URL_KINESIS="
            + stream.endpoint()
            + " AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local");
    err.flush();
  }

  private boolean isLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private int fail(String message) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("scribbler local: " + message);
    err.flush();
    return USAGE;
  }

  /** Bytes with a unit, such as {@code 512KiB}. */
  static final class Size implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})([KMG]iB|)");

    @Override
    public Long convert(String text) {
      Matcher size = SIZE.matcher(text);
      if (!size.matches()) {
        throw new TypeConversionException("'" + text + "' is no size: write it as 512KiB or 1MiB");
      }
      int shift =
          switch (size.group(2)) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
          };
      return Long.parseLong(size.group(1)) << shift;
    }
  }

  /** A time with a unit, such as {@code 100ms}. */
  static final class Time implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      if (!lower.matches("[0-9]{1,9}(ms|s|m)")) {
        throw new TypeConversionException("'" + text + "' is no time: write it as 100ms or 2s");
      }
      return lower.endsWith("ms")
          ? Duration.ofMillis(Long.parseLong(lower.substring(0, lower.length() - 2)))
          : Duration.parse("PT" + lower);
    }
  }
}
