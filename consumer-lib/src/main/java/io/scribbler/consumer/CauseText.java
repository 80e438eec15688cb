package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What went wrong, in one line that any format can carry. */
final class CauseText {
  private static final int LONGEST = 2000;
  private static final int MOST_CAUSES = 5;

  private CauseText() {}

  /** The exception and its causes, at most five and 2,000 characters. */
  static String of(Throwable thrown) {
    StringBuilder text = new StringBuilder();
    Throwable each = thrown;
    for (int i = 0; each != null && i < MOST_CAUSES; i++) {
      text.append(i == 0 ? "" : "; caused by ").append(each);
      each = each.getCause();
    }
    String bounded = text.substring(0, Math.min(text.length(), LONGEST));
    return valid(bounded.replaceAll("\\s+", " ").strip());
  }

  /** The text with a question mark for each half of a character: UTF-8 can't have those. */
  static String valid(String text) {
    return new String(text.getBytes(UTF_8), UTF_8);
  }
}
