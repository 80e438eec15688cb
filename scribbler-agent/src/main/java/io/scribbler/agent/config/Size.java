package io.scribbler.agent.config;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes, as people write them: {@code 512KiB}, {@code 64MiB}, {@code 10GiB} count in 1024,
 * {@code kB}, {@code MB}, {@code GB} in 1000, and a number alone is bytes.
 */
public final class Size {
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?) *([A-Za-z]*)");
  private static final Map<String, Long> UNITS =
      Map.of(
          "", 1L,
          "b", 1L,
          "kib", 1L << 10,
          "mib", 1L << 20,
          "gib", 1L << 30,
          "tib", 1L << 40,
          "kb", 1_000L,
          "mb", 1_000_000L,
          "gb", 1_000_000_000L,
          "tb", 1_000_000_000_000L);

  private Size() {}

  /**
   * Reads a size.
   *
   * @return bytes, at least 0
   * @throws IllegalArgumentException if the text is no size, or not a whole number of bytes
   */
  public static long parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    Long unit = form.matches() ? UNITS.get(form.group(2).toLowerCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no size; write it as 512KiB, 64MiB or 10GiB");
    }
    try {
      return new BigDecimal(form.group(1)).multiply(BigDecimal.valueOf(unit)).longValueExact();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no whole number of bytes below 8EiB", e);
    }
  }

  /** Writes a size with the largest unit that divides it. */
  public static String format(long bytes) {
    String[] units = {"", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    long value = bytes;
    while (value != 0 && value % 1024 == 0 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return value + units[unit];
  }
}
