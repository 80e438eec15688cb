package io.scribbler.agent.config;

import java.util.Objects;
import org.slf4j.event.Level;

/** What is logged, and how it looks. */
public record LogConfig(Level level, LogFormat format) {
  public static final LogConfig DEFAULT = new LogConfig(Level.INFO, LogFormat.TEXT);

  public LogConfig {
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(format, "format");
  }
}
