package io.scribbler.agent.config;

import io.scribbler.net.StreamName;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The bounds of a stream's settings. */
final class StreamChecks {
  private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,63}");
  private static final Pattern ROLE =
      Pattern.compile("arn:aws[a-z-]*:iam::[0-9]{12}:role/.{1,512}");
  private static final int MAX_TOPICS = 1000;

  private StreamChecks() {}

  static String name(String value) {
    Checks.text("name", value);
    try {
      StreamName.parse(value);
    } catch (IllegalArgumentException e) {
      throw new SettingException("name", e.getMessage());
    }
    return value;
  }

  static List<String> topics(List<String> globs) {
    Checks.range("topics", globs.size(), 1, MAX_TOPICS);
    globs.forEach(glob -> Checks.topicGlob("topics", glob));
    return List.copyOf(globs);
  }

  static String region(String value) {
    if (!REGION.matcher(value).matches()) {
      throw new SettingException("region", "\"" + value + "\" is no region; write it as us-east-1");
    }
    return value;
  }

  static URI endpoint(URI value) {
    String scheme = value.getScheme();
    boolean http = "http".equals(scheme) || "https".equals(scheme);
    if (value.getHost() == null || !http || value.getPort() > 65_535) {
      throw noEndpoint(value.toString());
    }
    return value;
  }

  static URI endpointOf(String text) {
    try {
      return endpoint(new URI(text));
    } catch (URISyntaxException e) {
      throw noEndpoint(text);
    }
  }

  private static SettingException noEndpoint(String text) {
    return new SettingException(
        "endpoint", "\"" + text + "\" is no endpoint; write it as https://HOST[:PORT]");
  }

  static String roleArn(String value) {
    if (!ROLE.matcher(value).matches()) {
      throw new SettingException(
          "role-arn", "\"" + value + "\" is no role; write arn:aws:iam::ACCOUNT:role/NAME");
    }
    return value;
  }

  static int blockSize(long bytes) {
    return (int) Checks.size("block-size", bytes, 4 * Checks.KIB, 8 * Checks.MIB);
  }

  static Duration linger(Duration value) {
    return Checks.duration("linger", value, Duration.ZERO, Duration.ofSeconds(60));
  }

  static int recordSize(long bytes) {
    return (int) Checks.size("record-size", bytes, 4 * Checks.KIB, 10 * Checks.MIB);
  }

  static int maxRecordSize(long bytes) {
    return (int) Checks.size("max-record-size", bytes, 64 * Checks.KIB, 10 * Checks.MIB);
  }

  static int maxInFlight(int value) {
    return Checks.range("max-in-flight", value, 1, 256);
  }

  static int maxRequestRecords(int value) {
    return Checks.range("max-request-records", value, 1, 500);
  }

  static int maxRequestBytes(long bytes) {
    return (int) Checks.size("max-request-bytes", bytes, 64 * Checks.KIB, 10 * Checks.MIB);
  }

  static Duration requestTimeout(Duration value) {
    return Checks.duration("request-timeout", value, Duration.ofMillis(100), Duration.ofMinutes(5));
  }

  static Duration shardRefresh(Duration value) {
    return Checks.duration("shard-refresh", value, Duration.ofMillis(100), Duration.ofHours(1));
  }

  static int level(Compression compression, int level) {
    if (compression == Compression.NONE) {
      throw new SettingException(
          "compression-level", "has no meaning without compression; leave it out");
    }
    return Checks.range("compression-level", level, 1, compression == Compression.ZSTD ? 19 : 9);
  }

  /** What must hold between settings. */
  static void together(
      int recordSize,
      int maxRecordSize,
      int maxRequestBytes,
      Optional<String> roleArn,
      Optional<String> externalId) {
    if (recordSize > maxRecordSize) {
      throw new SettingException(
          "record-size",
          Size.format(recordSize)
              + " is more than max-record-size, "
              + Size.format(maxRecordSize)
              + "; lower it, or raise the stream's limit and max-record-size");
    }
    if (maxRecordSize > maxRequestBytes) {
      throw new SettingException(
          "max-request-bytes",
          Size.format(maxRequestBytes)
              + " is less than max-record-size, "
              + Size.format(maxRecordSize)
              + "; raise it");
    }
    if (externalId.isPresent() && roleArn.isEmpty()) {
      throw new SettingException("external-id", "goes with a role; give role-arn too");
    }
  }
}
