package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.SettingException;
import io.scribbler.agent.config.StdinSourceConfig;
import io.scribbler.agent.config.TeeConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scribbler}: without a subcommand, the pipe from standard input into one stream. */
@Command(
    name = "scribbler",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Gets messages off this host into Amazon Kinesis, without losing one.",
      "",
      "Without a command it is a pipe: reads messages from standard input, a line each, until it"
          + " ends, and exits when all are delivered.",
      "",
      "  app | scribbler --topic impressions --stream firehose",
      ""
    },
    subcommands = {
      RunCommand.class,
      PipeCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      DrainCommand.class,
      SpoolCommand.class,
      LocalCommand.class,
      WarmUpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all was delivered",
      "1:failed, or stopped before all was delivered",
      "2:wrong usage or configuration",
      "75:input ended, and messages are in the spool or the dead-letter file"
    })
final class ScribblerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "What the messages are about (default: default).")
  private Optional<String> topic = Optional.empty();

  @Mixin private StreamOptions stream = new StreamOptions();

  @Mixin private InputOptions input = new InputOptions();

  @Option(
      names = "--tee",
      description =
          "Also write what comes in to standard output, as it is: scribbler --tee >> app.log")
  private boolean tee;

  @Option(
      names = "--tee-file",
      paramLabel = "FILE",
      description =
          "Also append what comes in to a file, which is opened again after log rotation.")
  private Optional<Path> teeFile = Optional.empty();

  @Mixin private AgentOptions agent = new AgentOptions();

  @Mixin private LogOptions log = new LogOptions();

  @Override
  public Integer call() throws Exception {
    if (!stream.given()) {
      throw new ParameterException(
          spec.commandLine(), "no stream: give --stream NAME, or a command such as run or local");
    }
    log.apply();
    AgentConfig config;
    try {
      StdinSourceConfig.Builder source = StdinSourceConfig.builder();
      topic.ifPresent(source::topic);
      input.apply(source);
      source.tee(new TeeConfig(tee, teeFile));
      AgentConfig.Builder builder = AgentConfig.builder();
      agent.apply(builder);
      config =
          builder
              .sources(List.of(source.build()))
              .streams(List.of(stream.toConfig()))
              .log(log.toConfig())
              .build();
    } catch (SettingException e) {
      throw new ParameterException(spec.commandLine(), option(e.key()) + ": " + e.reason());
    }
    return new AgentRun(config, agent.failFast()).toEnd();
  }

  /** The option that a key of the configuration is here. */
  static String option(String key) {
    return switch (key) {
      case "name" -> "--stream";
      case "listen" -> "--admin";
      default -> "--" + key;
    };
  }
}
