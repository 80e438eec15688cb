package io.scribbler.agent.config;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** Where the pipe's input is also written: standard output, a file, both or neither. */
public record TeeConfig(boolean stdout, Optional<Path> file) {
  public static final TeeConfig NONE = new TeeConfig(false, Optional.empty());

  public TeeConfig {
    Objects.requireNonNull(file, "file");
  }
}
