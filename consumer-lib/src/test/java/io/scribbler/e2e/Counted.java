package io.scribbler.e2e;

import static org.assertj.core.api.Assertions.fail;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares lines without regard to their order, each as often as it is there. */
final class Counted {
  private Counted() {}

  /** Fails unless both have the same lines, each the same number of times. */
  static void assertSame(List<String> actual, List<String> expected) {
    Map<String, Integer> surplus = new HashMap<>();
    actual.forEach(line -> surplus.merge(line, 1, Integer::sum));
    expected.forEach(line -> surplus.merge(line, -1, Integer::sum));
    long missing = surplus.values().stream().filter(n -> n < 0).mapToLong(n -> -n).sum();
    long extra = surplus.values().stream().filter(n -> n > 0).mapToLong(n -> n).sum();
    if (missing > 0 || extra > 0) {
      List<String> some =
          surplus.entrySet().stream()
              .filter(entry -> entry.getValue() != 0)
              .limit(5)
              .map(entry -> entry.getValue() + " × " + shortened(entry.getKey()))
              .toList();
      fail("%s lines of %s missing, %s too many: %s", missing, expected.size(), extra, some);
    }
  }

  private static String shortened(String line) {
    return line.length() <= 120 ? line : line.substring(0, 120) + "…";
  }
}
