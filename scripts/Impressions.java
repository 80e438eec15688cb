import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Writes ad impressions, a JSON object a line, to standard output: {@code java Impressions.java COUNT
 * [SEED]}. The same seed gives the same lines.
 */
final class Impressions {
  private static final String[] PLACEMENTS = {"feed", "search", "related", "story", "sidebar"};
  private static final String[] COUNTRIES = {"US", "DE", "GB", "FR", "BR", "JP", "IN", "MX"};
  private static final String[] AGENTS = {
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537.36"
  };
  private static final long FIRST_MILLIS = 1_767_225_600_000L; // 2026-01-01

  private Impressions() {}

  public static void main(String[] args) throws IOException {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    SplittableRandom random = new SplittableRandom(args.length > 1 ? Long.parseLong(args[1]) : 42);
    try (OutputStream out = new BufferedOutputStream(new PrintStream(System.out), 1 << 16)) {
      for (int i = 0; i < count; i++) {
        out.write(line(i, random).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static String line(int number, SplittableRandom random) {
    long campaign = random.nextInt(50_000);
    return "{\"number\":" + number
        + ",\"time\":" + (FIRST_MILLIS + number * 3L + random.nextInt(3))
        + ",\"event\":\"impression\""
        + ",\"impression\":\"" + hex(random.nextLong()) + hex(random.nextLong()) + '"'
        + ",\"user\":\"u" + hex(random.nextInt(2_000_000)) + '"'
        + ",\"campaign\":" + campaign
        + ",\"creative\":" + (campaign * 10 + random.nextInt(10))
        + ",\"placement\":\"" + pick(PLACEMENTS, random) + '"'
        + ",\"country\":\"" + pick(COUNTRIES, random) + '"'
        + ",\"price_micros\":" + (200 + random.nextInt(9_000))
        + ",\"viewable\":" + random.nextBoolean()
        + ",\"view_millis\":" + random.nextInt(30_000)
        + ",\"agent\":\"" + pick(AGENTS, random) + "\"}\n";
  }

  private static String hex(long value) {
    return Long.toHexString(value);
  }

  private static String pick(String[] values, SplittableRandom random) {
    return values[random.nextInt(values.length)];
  }
}
