package io.scribbler.agent.cli;

import io.scribbler.agent.config.Framing;
import io.scribbler.agent.config.KeyRule;
import io.scribbler.agent.config.StdinSourceConfig;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How standard input is read. */
final class InputOptions {
  @Option(
      names = "--framing",
      paramLabel = "lines|length",
      description = "length: each message after its length, 4 bytes, big-endian (default: lines).")
  private Optional<Framing> framing = Optional.empty();

  @Option(
      names = "--key",
      paramLabel = "RULE",
      description = {
        "Where a message's key is, which decides its shard:",
        "none, field:N, field:N:SEPARATOR or json:NAME (default: none)."
      })
  private Optional<String> key = Optional.empty();

  @Option(
      names = "--max-message",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Longer messages go to the dead-letter file (default: 1MiB).")
  private Optional<Long> maxMessage = Optional.empty();

  void apply(StdinSourceConfig.Builder source) {
    framing.ifPresent(source::framing);
    key.map(KeyRule::parse).ifPresent(source::key);
    maxMessage.ifPresent(source::maxMessage);
  }
}
