package io.scribbler.record;

/** The rule for the names of topics. */
public final class Topics {
  private static final int MAX_LENGTH = 128;

  private Topics() {}

  /**
   * Whether an agent takes messages of this topic: {@code [A-Za-z0-9._-]{1,128}}, not beginning
   * with {@code _}, which marks the system's own. Readers take any topic that isn't empty.
   */
  public static boolean accepted(String topic) {
    if (topic.isEmpty() || topic.length() > MAX_LENGTH || topic.charAt(0) == '_') {
      return false;
    }
    return topic.chars().allMatch(Topics::accepted);
  }

  private static boolean accepted(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
