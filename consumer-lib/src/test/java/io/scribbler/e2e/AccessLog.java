package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * 10,000 lines of a web server's log: those of the file that SCRIBBLER_TEST_LOG names, or made up,
 * the same each time. A line's bytes are the characters of its string, one each.
 */
final class AccessLog {
  private static final int LINES = 10_000;
  private static final String[] PATHS = {
    "/",
    "/favicon.ico",
    "/images/web/2009/banner.png",
    "/reset.css",
    "/blog/tags/puppet",
    "/projects/xdotool/",
    "/articles/dynamic-dns-with-dhcp/",
    "/robots.txt",
    "/style2.css"
  };
  private static final String[] AGENTS = {
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko)",
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers)",
    "Mozilla/5.0 (compatible; bot/2.1; +http://example.com/b\u00f6t.html)",
    "-"
  };

  private AccessLog() {}

  /** The lines; some may be alike. The first field, an address, makes a key. */
  static List<String> lines() {
    String file = System.getenv("SCRIBBLER_TEST_LOG");
    return file == null || file.isBlank() ? made(LINES) : read(Path.of(file));
  }

  private static List<String> read(Path file) {
    try {
      return Files.readString(file, ISO_8859_1).lines().filter(line -> !line.isEmpty()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("SCRIBBLER_TEST_LOG: can't read " + file, e);
    }
  }

  private static List<String> made(int count) {
    Random random = new Random(20150517);
    List<String> lines = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      // Few addresses are busy and many are rare, as on a real server.
      int visitor = (int) (1700 * Math.pow(random.nextDouble(), 3));
      lines.add(
          String.format(
              Locale.ROOT,
              "83.149.%d.%d - - [17/May/2015:%02d:%02d:%02d +0000] \"GET %s?id=%d HTTP/1.1\""
                  + " %d %d \"http://example.com/%x\" \"%s\"",
              visitor / 250,
              visitor % 250,
              10 + i / 3600,
              i / 60 % 60,
              i % 60,
              PATHS[random.nextInt(PATHS.length)],
              random.nextInt(1000),
              random.nextInt(20) == 0 ? 404 : 200,
              random.nextInt(200_000),
              random.nextInt(),
              AGENTS[random.nextInt(AGENTS.length)]));
    }
    return lines;
  }

  /** Writes lines into a file, a newline after each. */
  static Path write(Path file, List<String> lines) throws IOException {
    return Files.write(file, lines, ISO_8859_1);
  }
}
