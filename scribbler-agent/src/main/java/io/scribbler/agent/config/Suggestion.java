package io.scribbler.agent.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** What someone who wrote an unknown word may have meant. */
final class Suggestion {
  private static final int MAX_DISTANCE = 2;

  private Suggestion() {}

  /** Names the nearest of the known words, or all of them when none is near. */
  static String of(String word, Collection<String> known) {
    return known.stream()
        .filter(candidate -> distance(word, candidate) <= MAX_DISTANCE)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .map(nearest -> "did you mean " + nearest + "?")
        .orElse("known are " + String.join(", ", known));
  }

  /** How many letters must be changed, added or removed; case, - and _ do not count. */
  private static int distance(String one, String two) {
    String a = plain(one);
    String b = plain(two);
    if (Math.abs(a.length() - b.length()) > MAX_DISTANCE) {
      return MAX_DISTANCE + 1;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replaceAll("[-_]", "");
  }
}
