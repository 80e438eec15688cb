package io.scribbler.agent.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scribbler spool}: what lies on disk. */
@Command(
    name = "spool",
    mixinStandardHelpOptions = true,
    description = "Looks at what lies on disk, mends it and delivers it.",
    subcommands = {
      SpoolLsCommand.class,
      SpoolVerifyCommand.class,
      SpoolDumpCommand.class,
      SpoolReplayCommand.class,
      SpoolRedriveCommand.class
    })
final class SpoolCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command: give ls, verify, dump, replay or redrive");
  }
}
