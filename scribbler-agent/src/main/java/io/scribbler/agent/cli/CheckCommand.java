package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.ConfigLoader;
import io.scribbler.agent.config.SettingException;
import io.scribbler.agent.config.SourceConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scribbler check}: tells whether a configuration file can be run. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Checks a configuration file, and tells all that is wrong with it at once.")
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--config", paramLabel = "FILE", required = true, description = "The file.")
  private Path file;

  @Override
  public Integer call() throws SettingException {
    AgentConfig config = ConfigLoader.load(file);
    PrintWriter out = spec.commandLine().getOut();
    out.println(file + ": ok");
    out.println("  producer " + config.producer());
    for (SourceConfig source : config.sources()) {
      out.println("  source   " + source);
    }
    config
        .streams()
        .forEach(
            stream ->
                out.println(
                    "  stream   "
                        + stream.name()
                        + " takes "
                        + String.join(", ", stream.topics())));
    out.flush();
    return AgentRun.OK;
  }
}
