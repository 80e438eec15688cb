package io.scribbler.firehose;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code firehose pause}. */
@Command(
    name = "pause",
    description = {
      "Lets all processes of a consumer's application hold their place, until it is resumed.",
      "Takes effect within seconds and holds over restarts. The stream goes on to let go of what is"
          + " older than it keeps: resume in time."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PauseCommand implements Callable<Integer> {
  @ParentCommand private Firehose firehose;
  @Spec private CommandSpec spec;
  @Mixin private StoreOptions storeOptions;
  @Mixin private AwsOptions awsOptions;
  @Mixin private LogOptions logOptions;

  @Override
  public Integer call() throws IOException {
    Console console = firehose.console();
    logOptions.apply(console);
    return Pauses.store(true, storeOptions, awsOptions, spec, console);
  }
}
