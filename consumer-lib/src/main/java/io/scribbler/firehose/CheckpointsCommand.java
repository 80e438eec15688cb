package io.scribbler.firehose;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code firehose checkpoints}: what is stored of how far an application came. */
@Command(
    name = "checkpoints",
    description = "Shows how far a consumer's application came, and sets it back or forth.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {CheckpointsListCommand.class, CheckpointsResetCommand.class})
final class CheckpointsCommand implements Callable<Integer> {
  @ParentCommand private Firehose firehose;
  @Spec private CommandSpec spec;

  Console console() {
    return firehose.console();
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Missing command: ls or reset");
  }
}
