package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.ConfigLoader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code scribbler run}: the daemon. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Runs the daemon that a configuration file describes.")
final class RunCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "The configuration; config/scribbler.yaml documents every key.")
  private Path file;

  @Option(
      names = "--fail-fast",
      description = "Exit with 2 when a stream is missing or access is denied, instead of waiting.")
  private boolean failFast;

  @Override
  public Integer call() throws Exception {
    AgentConfig config = ConfigLoader.load(file);
    Logs.set(config.log());
    return new AgentRun(config, failFast).toEnd();
  }
}
