package io.scribbler.firehose;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code firehose resume}. */
@Command(
    name = "resume",
    description = {"Lets a consumer's application go on after a pause."},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ResumeCommand implements Callable<Integer> {
  @ParentCommand private Firehose firehose;
  @Spec private CommandSpec spec;
  @Mixin private StoreOptions storeOptions;
  @Mixin private AwsOptions awsOptions;
  @Mixin private LogOptions logOptions;

  @Override
  public Integer call() throws IOException {
    Console console = firehose.console();
    logOptions.apply(console);
    return Pauses.store(false, storeOptions, awsOptions, spec, console);
  }
}
