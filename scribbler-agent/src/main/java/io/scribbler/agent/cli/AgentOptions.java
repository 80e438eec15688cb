package io.scribbler.agent.cli;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.AdminConfig;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.Replay;
import io.scribbler.agent.config.WhenFull;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of an agent that has no configuration file. */
final class AgentOptions {
  @Option(
      names = "--producer",
      paramLabel = "NAME",
      description = "Who the messages are from (default: this host's name).")
  private Optional<String> producer = Optional.empty();

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "What may be held until it is delivered (default: 64MiB).")
  private Optional<Long> memory = Optional.empty();

  @Option(
      names = "--acks",
      paramLabel = "memory|disk|stream",
      description = "The least that a source acknowledges (default: memory).")
  private Optional<Acks> acks = Optional.empty();

  @Option(
      names = "--spool",
      paramLabel = "DIR",
      description =
          "Where messages lie that memory can't hold until they are delivered (default:"
              + " /var/lib/scribbler/spool for root, else $XDG_STATE_HOME/scribbler/spool).")
  private Optional<Path> spool = Optional.empty();

  @Option(
      names = "--spool-max-size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "How much it may hold (default: 10GiB).")
  private Optional<Long> spoolMaxSize = Optional.empty();

  @Option(
      names = "--spool-min-free",
      paramLabel = "PERCENT",
      description = "How much of its file system is left free (default: 10).")
  private Optional<Integer> spoolMinFree = Optional.empty();

  @Option(
      names = "--when-full",
      paramLabel = "block|drop-oldest|drop-newest",
      description = "When memory and the spool are full (default: block).")
  private Optional<WhenFull> whenFull = Optional.empty();

  @Option(
      names = "--replay",
      paramLabel = "fresh-first|in-order",
      description =
          "What goes first after an outage: what comes then, or what was spooled (default:"
              + " fresh-first).")
  private Optional<Replay> replay = Optional.empty();

  @Option(
      names = "--shutdown-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long a stop by SIGTERM or Ctrl-C may take to deliver (default: 25s).")
  private Optional<Duration> shutdownTimeout = Optional.empty();

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      description = "Serve /metrics, /status, /health and /ready there (default: off).")
  private Optional<String> admin = Optional.empty();

  @Option(
      names = "--fail-fast",
      description =
          "Exit with 2 when the stream is missing or access is denied, instead of waiting until it"
              + " is mended.")
  private boolean failFast;

  void apply(AgentConfig.Builder builder) {
    producer.ifPresent(builder::producer);
    memory.ifPresent(builder::memory);
    acks.ifPresent(builder::acks);
    spool.ifPresent(builder::spoolPath);
    spoolMaxSize.ifPresent(builder::spoolMaxSize);
    spoolMinFree.ifPresent(builder::spoolMinFree);
    whenFull.ifPresent(builder::whenFull);
    replay.ifPresent(builder::replay);
    shutdownTimeout.ifPresent(builder::shutdownTimeout);
    admin.map(AdminConfig::parse).ifPresent(builder::admin);
  }

  boolean failFast() {
    return failFast;
  }
}
