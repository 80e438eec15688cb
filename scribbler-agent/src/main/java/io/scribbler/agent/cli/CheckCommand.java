package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.ConfigLoader;
import io.scribbler.agent.config.SettingException;
import io.scribbler.agent.config.SourceConfig;
import io.scribbler.agent.config.StdinSourceConfig;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.config.UnixSourceConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
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
    config.sources().forEach(source -> out.println("  source   " + describe(source)));
    config.streams().forEach(stream -> out.println("  stream   " + describe(stream)));
    out.flush();
    return AgentRun.OK;
  }

  private static String describe(SourceConfig source) {
    if (source instanceof UnixSourceConfig unix) {
      return "unix " + unix.path() + ", mode " + unix.mode() + ", topic " + unix.topic();
    }
    if (source instanceof StdinSourceConfig stdin) {
      return "stdin, topic " + stdin.topic();
    }
    throw new IllegalStateException("unknown source " + source);
  }

  private static String describe(StreamConfig stream) {
    return stream.name()
        + stream.region().map(region -> " in " + region).orElse("")
        + stream.endpoint().map(endpoint -> " at " + endpoint).orElse("")
        + ", format "
        + stream.format().name().toLowerCase(Locale.ROOT)
        + ", takes "
        + String.join(", ", stream.topics());
  }
}
