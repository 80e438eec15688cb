package io.scribbler.firehose;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** What {@code pause} and {@code resume} do. */
final class Pauses {
  private Pauses() {}

  /** Stores whether an application is paused, and says what that changed. */
  static int store(
      boolean paused,
      StoreOptions storeOptions,
      AwsOptions awsOptions,
      CommandSpec command,
      Console console)
      throws IOException {
    try (ProgressStore store =
        storeOptions.open(awsOptions.location(storeOptions.anyStream(), command), null, console)) {
      boolean was = store.paused();
      store.pause(paused);
      new Output(console.out(), () -> {})
          .print(
              String.format(
                  "application %s %s%s%n",
                  storeOptions.application(),
                  was == paused ? "was " : "is ",
                  paused
                      ? was ? "paused already" : "paused now"
                      : was ? "resumed now" : "not paused"));
      return Firehose.OK;
    }
  }
}
