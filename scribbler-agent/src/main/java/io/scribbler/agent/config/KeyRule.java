package io.scribbler.agent.config;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a message's key is found in its bytes. */
public sealed interface KeyRule {
  /** Messages have no key. */
  KeyRule NONE = new None();

  /** Messages have no key. */
  record None() implements KeyRule {}

  /**
   * The key is one field of the line; a line that has fewer fields has no key.
   *
   * @param number counts from 1
   * @param separator the byte between two fields
   */
  record Field(int number, byte separator) implements KeyRule {
    public Field {
      Checks.range("key", number, 1, 1000);
    }
  }

  /**
   * The key is the string or number of that name at the top of a JSON object; a message without it
   * has no key.
   */
  record Json(String name) implements KeyRule {
    public Json {
      Objects.requireNonNull(name, "name");
    }
  }

  /** Reads {@code none}, {@code field:N}, {@code field:N:SEPARATOR} or {@code json:NAME}. */
  static KeyRule parse(String text) {
    Matcher field = Pattern.compile("field:([0-9]{1,4})(?::(\\\\t|[\\x00-\\x7f]))?").matcher(text);
    if (text.equals("none")) {
      return NONE;
    } else if (field.matches()) {
      String separator = field.group(2) == null ? " " : field.group(2);
      byte b = separator.equals("\\t") ? (byte) '\t' : (byte) separator.charAt(0);
      return new Field(Integer.parseInt(field.group(1)), b);
    } else if (text.startsWith("json:") && text.length() > "json:".length()) {
      return new Json(text.substring("json:".length()));
    }
    throw new SettingException(
        "key",
        "\""
            + text
            + "\" is no rule; write none, field:1, field:2:, (the separator is a space if not"
            + " given, \\t is a tab) or json:user_id");
  }
}
