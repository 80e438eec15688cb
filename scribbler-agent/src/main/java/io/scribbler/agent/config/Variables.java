package io.scribbler.agent.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Variables of the environment in a value: a dollar sign and a name in braces must be set, a name
 * with {@code :-default} behind it need not be, and a second dollar sign takes the meaning away.
 */
record Variables(Map<String, String> environment) {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\$\\{|\\$\\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\\}|\\$\\{");

  /**
   * The text with its variables replaced.
   *
   * @throws IllegalArgumentException if one is not set, or a reference is not closed
   */
  String expand(String text) {
    if (!text.contains("${")) {
      return text;
    }
    StringBuilder expanded = new StringBuilder();
    Matcher reference = REFERENCE.matcher(text);
    while (reference.find()) {
      reference.appendReplacement(expanded, Matcher.quoteReplacement(value(reference)));
    }
    return reference.appendTail(expanded).toString();
  }

  private String value(Matcher reference) {
    String name = reference.group(1);
    if (reference.group().equals("$${")) {
      return "${";
    } else if (name == null) {
      throw new IllegalArgumentException(
          "a \"${\" is no variable; write ${NAME} or ${NAME:-default}, or $${ for the text itself");
    }
    String set = environment.get(name);
    String otherwise = reference.group(3);
    if (otherwise != null) {
      return set == null || set.isEmpty() ? otherwise : set;
    } else if (set == null) {
      throw new IllegalArgumentException(
          "the variable " + name + " is not set; set it, or write ${" + name + ":-default}");
    }
    return set;
  }
}
