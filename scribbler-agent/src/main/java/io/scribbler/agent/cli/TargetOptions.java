package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.ConfigLoader;
import io.scribbler.agent.config.SettingException;
import io.scribbler.agent.config.StdinSourceConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where to deliver what is on disk: a configuration, or the options of one stream. */
final class TargetOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The agent's configuration: its streams and its spool; no source is opened.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--spool",
      paramLabel = "DIR",
      description =
          "The spool's directory (default: spool.path of --config, else"
              + " /var/lib/scribbler/spool for root, $XDG_STATE_HOME/scribbler/spool for others).")
  private Optional<Path> spool = Optional.empty();

  @Option(
      names = "--stall-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Give up when nothing was delivered for so long (default: 25s).")
  private Optional<Duration> stallTimeout = Optional.empty();

  @Mixin private StreamOptions stream = new StreamOptions();
  @Mixin private LogOptions log = new LogOptions();

  /** The settings of an agent without sources; logs are set up by them. */
  AgentConfig config(CommandSpec spec) {
    if (file.isPresent() == stream.given()) {
      throw new ParameterException(
          spec.commandLine(), "give either --config FILE or --stream NAME and its options");
    }
    try {
      AgentConfig.Builder builder = AgentConfig.builder();
      if (file.isPresent()) {
        AgentConfig loaded = ConfigLoader.load(file.get());
        Logs.set(loaded.log());
        builder
            .producer(loaded.producer())
            .memory(loaded.memoryBytes())
            .spool(loaded.spool())
            .shutdownTimeout(loaded.shutdownTimeout())
            .streams(loaded.streams())
            .log(loaded.log());
      } else {
        log.apply();
        builder.streams(List.of(stream.toConfig())).log(log.toConfig());
      }
      spool.ifPresent(builder::spoolPath);
      stallTimeout.ifPresent(builder::shutdownTimeout);
      // Settings need a source; this one is never opened.
      return builder.sources(List.of(StdinSourceConfig.builder().build())).build();
    } catch (SettingException e) {
      throw new ParameterException(
          spec.commandLine(), ScribblerCommand.option(e.key()) + ": " + e.reason());
    }
  }
}
