package io.scribbler.agent.cli;

import io.scribbler.agent.config.LogConfig;
import io.scribbler.agent.config.LogFormat;
import org.slf4j.event.Level;
import picocli.CommandLine.Option;

/** What is logged to standard error. */
final class LogOptions {
  @Option(
      names = "--log-level",
      paramLabel = "error|warn|info|debug",
      defaultValue = "info",
      description = "What is logged (default: ${DEFAULT-VALUE}).")
  private Level level;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "How it is logged (default: ${DEFAULT-VALUE}).")
  private LogFormat format;

  LogConfig toConfig() {
    return new LogConfig(level, format);
  }

  void apply() {
    Logs.set(toConfig());
  }
}
