package io.scribbler.agent.cli;

import io.scribbler.agent.config.ConfigLoader;
import io.scribbler.agent.config.SpoolConfig;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that tell where the spool is. */
final class SpoolPlace {
  @Option(
      names = "--spool",
      paramLabel = "DIR",
      description =
          "The spool's directory (default: spool.path of --config, else"
              + " /var/lib/scribbler/spool for root, $XDG_STATE_HOME/scribbler/spool for others).")
  private Optional<Path> spool = Optional.empty();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "An agent's configuration, to take spool.path from.")
  private Optional<Path> config = Optional.empty();

  Path path() {
    return spool
        .or(() -> config.map(file -> ConfigLoader.load(file).spool().path()))
        .orElseGet(SpoolConfig::defaultPath);
  }
}
