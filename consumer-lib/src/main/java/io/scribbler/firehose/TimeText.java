package io.scribbler.firehose;

import io.scribbler.consumer.StartPosition;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times and durations as they are given on a command line. */
final class TimeText {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Pattern EPOCH_MILLIS = Pattern.compile("\\d{12,14}");

  private TimeText() {}

  /**
   * {@code oldest}, {@code now}, or a time.
   *
   * @throws IllegalArgumentException with a line that says what can be given
   */
  static StartPosition start(String text, Instant now, ZoneId zone) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "oldest" -> StartPosition.oldest();
      case "now" -> StartPosition.newest();
      default -> {
        Instant time = time(text, now, zone);
        if (time.isAfter(now)) {
          throw new IllegalArgumentException("'" + text + "' is in the future");
        }
        yield StartPosition.at(time);
      }
    };
  }

  /**
   * {@code now}, so long ago ({@code -5m}), ISO-8601 (local without a zone), or milliseconds since
   * 1970.
   *
   * @throws IllegalArgumentException with a line that says what can be given
   */
  static Instant time(String text, Instant now, ZoneId zone) {
    if (text.equalsIgnoreCase("now")) {
      return now;
    }
    if (text.startsWith("-")) {
      return now.minus(duration(text.substring(1)));
    }
    if (EPOCH_MILLIS.matcher(text).matches()) {
      return Instant.ofEpochMilli(Long.parseLong(text));
    }
    try {
      return iso(text.replace(' ', 'T'), zone);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no time; write oldest, now, -5m, 2026-05-17T10:05:03Z or milliseconds since"
              + " 1970",
          e);
    }
  }

  private static Instant iso(String text, ZoneId zone) {
    if (text.indexOf('T') < 0) {
      return LocalDate.parse(text).atStartOfDay(zone).toInstant();
    }
    boolean hasZone = text.endsWith("Z") || text.matches(".*T.*[+-]\\d{2}(:?\\d{2})?");
    return hasZone
        ? OffsetDateTime.parse(text).toInstant()
        : LocalDateTime.parse(text).atZone(zone).toInstant();
  }

  /**
   * A number with a unit: ms, s, m, h or d.
   *
   * @throws IllegalArgumentException with a line that says what can be given
   */
  static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no duration; write a number and ms, s, m, h or d, like 2s");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
