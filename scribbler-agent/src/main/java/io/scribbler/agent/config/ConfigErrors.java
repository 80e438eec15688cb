package io.scribbler.agent.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What was found wrong in one file so far. */
final class ConfigErrors {
  private record Found(int line, String text) {}

  private final String file;
  private final List<Found> found = new ArrayList<>();

  ConfigErrors(String file) {
    this.file = file;
  }

  /**
   * Notes an error.
   *
   * @param line counts from 1
   */
  void add(int line, String key, String reason) {
    found.add(new Found(line, file + ":" + line + ": " + key + ": " + reason));
  }

  int size() {
    return found.size();
  }

  ConfigException exception() {
    return new ConfigException(
        found.stream().sorted(Comparator.comparingInt(Found::line)).map(Found::text).toList());
  }
}
