package io.scribbler.agent.config;

import io.scribbler.record.Topics;
import java.time.Duration;
import java.util.regex.Pattern;

/** The bounds that settings are held to, each failure in one clear line. */
final class Checks {
  static final long KIB = 1 << 10;
  static final long MIB = 1 << 20;
  static final long GIB = 1 << 30;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final Pattern GLOB = Pattern.compile("[A-Za-z0-9._*?-]{1,128}");

  private Checks() {}

  static String text(String key, String value) {
    if (value == null || value.isBlank()) {
      throw new SettingException(key, "is missing; give a value");
    }
    return value;
  }

  static int range(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw new SettingException(key, value + " is out of bounds; give " + min + " to " + max);
    }
    return (int) value;
  }

  static long size(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw new SettingException(
          key,
          Size.format(value)
              + " is out of bounds; give "
              + Size.format(min)
              + " to "
              + Size.format(max));
    }
    return value;
  }

  static Duration duration(String key, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new SettingException(
          key,
          Durations.format(value)
              + " is out of bounds; give "
              + Durations.format(min)
              + " to "
              + Durations.format(max));
    }
    return value;
  }

  static String topic(String key, String value) {
    if (!Topics.accepted(value)) {
      throw new SettingException(
          key,
          "\""
              + value
              + "\" is no topic; use 1 to 128 of A-Z a-z 0-9 . _ - and no _ at the beginning");
    }
    return value;
  }

  static String topicGlob(String key, String value) {
    if (!GLOB.matcher(value).matches()) {
      throw new SettingException(
          key, "\"" + value + "\" is no pattern of topics; use A-Z a-z 0-9 . _ - and * ?");
    }
    return value;
  }

  static String producer(String key, String value) {
    if (!NAME.matcher(value).matches() || value.startsWith(".")) {
      throw new SettingException(
          key,
          "\""
              + value
              + "\" is no producer's name; use 1 to 128 of A-Z a-z 0-9 . _ - and no . at the"
              + " beginning");
    }
    return value;
  }
}
