package io.scribbler.agent.cli;

import io.scribbler.agent.EpochFile;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.agent.config.HostDefaults;
import io.scribbler.agent.pipe.Pipe;
import io.scribbler.agent.pipe.PipeSettings;
import io.scribbler.record.Topics;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scribbler pipe}: standard input into the daemon's socket. */
@Command(
    name = "pipe",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Sends standard input to the daemon on this host, a message a line, and keeps each message"
          + " until the daemon has acknowledged it.",
      "",
      "  app | scribbler pipe --socket /run/scribbler/s.sock --topic impressions",
      "",
      "While the daemon is away it keeps reading until the buffer is full, and sends what was not"
          + " acknowledged again when the daemon is back. A message longer than 10MiB, which no"
          + " daemon takes, goes to the daemon's dead-letter file: its first 64KiB and its length"
          + " (of which 4GiB is the most that is told); the rest is not kept.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all was acknowledged",
      "1:failed: messages were not acknowledged, or dropped",
      "2:wrong usage, or the daemon refused"
    })
final class PipeCommand implements Callable<Integer> {
  private static final long LEAST_BUFFER = 11L << 20;
  private static final int LONGEST_KEY = 256;

  /** What is needed beside the buffer, which is copied when it grows. */
  private static final long REST_OF_HEAP = 16L << 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      required = true,
      description = "The daemon's socket.")
  private Path socket;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "What the messages are about (default: the socket's).")
  private Optional<String> topic = Optional.empty();

  @Option(
      names = "--framing",
      paramLabel = "lines|length",
      defaultValue = "lines",
      description = "length: each message after its length, 4 bytes, big-endian (default: lines).")
  private Framing framing;

  @Option(
      names = "--acks",
      paramLabel = "memory|disk|stream",
      defaultValue = "disk",
      description = {
        "What an acknowledgement means (default: disk): the daemon holds the message, it is on"
            + " disk, or Kinesis has it."
      })
  private Acks acks;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "The key of all messages: they stay in order together (default: none).")
  private Optional<String> key = Optional.empty();

  @Option(
      names = "--producer",
      paramLabel = "NAME",
      description = "Under which name messages are sent (default: the host's name).")
  private Optional<String> producer = Optional.empty();

  @Option(
      names = "--when-full",
      paramLabel = "block|drop",
      defaultValue = "block",
      description =
          "What to do when the buffer is full (default: block): read no more, or drop the newest"
              + " messages, which needs --acks memory.")
  private WhenFull whenFull;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = {
        "block: give up after so long without any acknowledgement while the buffer is full or"
            + " input has ended (default: never).",
        "drop: drop once the buffer has been full for so long (default: 0), and give up as above"
            + " when input has ended."
      })
  private Optional<Duration> timeout = Optional.empty();

  @Option(
      names = "--buffer",
      paramLabel = "SIZE",
      defaultValue = "16MiB",
      converter = SizeConverter.class,
      description =
          "How much may wait for its acknowledgement, at least 11MiB (default: ${DEFAULT-VALUE}).")
  private long buffer;

  @Option(
      names = "--shutdown-timeout",
      paramLabel = "TIME",
      defaultValue = "25s",
      converter = DurationConverter.class,
      description =
          "How long to wait for acknowledgements after SIGTERM (default: ${DEFAULT-VALUE}).")
  private Duration shutdownTimeout;

  enum WhenFull {
    BLOCK,
    DROP
  }

  @Override
  public Integer call() throws InterruptedException {
    PipeSettings settings = settings();
    SecureRandom random = new SecureRandom();
    LongSupplier epochs = () -> EpochFile.fresh(Clock.systemUTC(), random);
    Pipe pipe;
    try {
      pipe = new Pipe(settings, new FileInputStream(FileDescriptor.in), epochs, this::say);
    } catch (IOException e) {
      say(e.getMessage());
      return AgentRun.FAILED;
    }
    Thread.setDefaultUncaughtExceptionHandler(this::die);
    CompletableFuture<Integer> done = new CompletableFuture<>();
    Thread hook = new Thread(() -> stop(pipe, done), "signal");
    Runtime.getRuntime().addShutdownHook(hook);
    int code = pipe.run();
    done.complete(code);
    SignalHook.remove(hook);
    return code;
  }

  /**
   * Runs at every exit; under a signal it does the rest of the work. A signal that comes when all
   * is done changes nothing of the exit code.
   */
  private void stop(Pipe pipe, CompletableFuture<Integer> done) {
    if (done.isDone()) {
      Runtime.getRuntime().halt(done.join());
    }
    int code = AgentRun.FAILED;
    try {
      code = pipe.stop(shutdownTimeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(code);
  }

  /** A thread that dies would leave a process that only looks alive. */
  private void die(Thread thread, Throwable cause) {
    say("thread " + thread.getName() + " died; the process ends: " + cause);
    Runtime.getRuntime().halt(AgentRun.FAILED);
  }

  private PipeSettings settings() {
    topic.filter(t -> !Topics.accepted(t)).ifPresent(t -> wrong("--topic", topicRule()));
    key.filter(k -> !k.matches("[^\\s\\p{Cntrl}]+") || bytes(k) > LONGEST_KEY)
        .ifPresent(
            k -> wrong("--key", "must be 1 to " + LONGEST_KEY + " bytes without white space"));
    String name = producer.orElseGet(() -> HostDefaults.ofThisProcess().producer());
    if (!name.matches("[A-Za-z0-9._-]{1,128}")) {
      wrong("--producer", "must be 1 to 128 of A-Z a-z 0-9 . _ -");
    }
    if (acks == Acks.NONE) {
      wrong("--acks", "must be memory, disk or stream");
    }
    if (whenFull == WhenFull.DROP && acks != Acks.MEMORY) {
      wrong(
          "--when-full drop",
          "loses messages, which --acks "
              + acks.name().toLowerCase(java.util.Locale.ROOT)
              + " promises not to; add --acks memory, or leave --when-full block");
    }
    if (buffer < LEAST_BUFFER) {
      wrong("--buffer", "must be at least 11MiB: the longest message that a daemon takes fits");
    }
    long heap = Runtime.getRuntime().maxMemory();
    if (buffer > Integer.MAX_VALUE / 2 || buffer * 3 / 2 + REST_OF_HEAP > heap) {
      wrong(
          "--buffer",
          "is too large for the JVM's "
              + (heap >> 20)
              + "MiB: give less, below 1GiB, or set JAVA_OPTS=-Xmx"
              + ((buffer * 3 / 2 + REST_OF_HEAP) >> 20)
              + "m");
    }
    return new PipeSettings(
        socket,
        topic,
        framing,
        acks,
        key,
        name,
        whenFull == WhenFull.DROP,
        timeout,
        (int) buffer,
        PipeSettings.LONGEST_MESSAGE);
  }

  private static String topicRule() {
    return "must be 1 to 128 of A-Z a-z 0-9 . _ - and not begin with _";
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private void wrong(String option, String why) {
    throw new ParameterException(spec.commandLine(), option + ": " + why);
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    synchronized (err) {
      err.println("scribbler pipe: " + line);
      err.flush();
    }
  }
}
