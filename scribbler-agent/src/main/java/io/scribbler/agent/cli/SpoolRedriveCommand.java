package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scribbler spool redrive}: sends dead letters again. */
@Command(
    name = "redrive",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sends the messages of dead-letter files again, once what was wrong with them is mended.",
      "Each keeps the identity that it has. What is not whole can't be sent and stays in its file."
          + " A file that was sent is renamed to *.redriven; running agents begin a new one."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all was delivered",
      "1:failed",
      "2:wrong usage or configuration",
      "75:something remains in the files, the spool, or was refused again"
    })
final class SpoolRedriveCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private TargetOptions target = new TargetOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Only this file; can be repeated (default: all in the spool's dead-letter).")
  private List<Path> files = new ArrayList<>();

  @Option(names = "--dry-run", description = "Only tell what would be sent.")
  private boolean dryRun;

  @Override
  public Integer call() throws Exception {
    AgentConfig config = target.config(spec);
    return Stopping.run(stopping -> new Redrive(config, dryRun).run(files, stopping));
  }
}
