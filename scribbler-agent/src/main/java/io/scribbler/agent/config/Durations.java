package io.scribbler.agent.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 100ms}, {@code 25s}, {@code 5m}, {@code 1h}. */
public final class Durations {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12}) *(ms|s|m|h|d)");

  private Durations() {}

  /**
   * Reads a duration; {@code 0} needs no unit.
   *
   * @throws IllegalArgumentException if the text is no duration
   */
  public static Duration parse(String text) {
    String stripped = text.strip();
    if (stripped.equals("0")) {
      return Duration.ZERO;
    }
    Matcher form = FORM.matcher(stripped);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no duration; write it as 100ms, 25s, 5m or 1h");
    }
    long value = Long.parseLong(form.group(1));
    return switch (form.group(2)) {
      case "ms" -> Duration.ofMillis(value);
      case "s" -> Duration.ofSeconds(value);
      case "m" -> Duration.ofMinutes(value);
      case "h" -> Duration.ofHours(value);
      default -> Duration.ofDays(value);
    };
  }

  /** Writes a duration with the largest unit that divides it. */
  public static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0 || millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }
}
