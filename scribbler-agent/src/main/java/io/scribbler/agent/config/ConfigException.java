package io.scribbler.agent.config;

import java.util.List;

/** A configuration file that can't be used: all that is wrong with it, a line each. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final List<String> errors;

  ConfigException(List<String> errors) {
    super(String.join(System.lineSeparator(), errors));
    this.errors = List.copyOf(errors);
  }

  /** Each as {@code file:line: key: what is wrong, and what to do}, in the order of lines. */
  public List<String> errors() {
    return errors;
  }
}
