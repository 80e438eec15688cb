package io.scribbler.firehose;

import picocli.CommandLine.Option;

/** How much is logged. */
final class LogOptions {
  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "warn",
      description = "error, warn, info or debug, to standard error; default: ${DEFAULT-VALUE}")
  private LogSetup.Verbosity level;

  void apply(Console console) {
    LogSetup.apply(level, console.err());
  }
}
