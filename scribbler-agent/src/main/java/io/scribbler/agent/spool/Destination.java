package io.scribbler.agent.spool;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Where records go. Two agents share a destination when all three texts are equal.
 *
 * @param stream the name or ARN of the stream, as the settings say it; 1 to {@value #MAX_LENGTH}
 *     characters
 * @param region "" when it isn't said
 * @param endpoint "" when it isn't said
 */
public record Destination(String stream, String region, String endpoint) {
  /** The most characters that each text may have. */
  public static final int MAX_LENGTH = 2048;

  private static final int MAX_PREFIX = 64;

  /**
   * A destination.
   *
   * @throws IllegalArgumentException if the stream is empty, or a text is too long or has control
   *     characters
   */
  public Destination {
    if (stream.isEmpty()) {
      throw new IllegalArgumentException("a destination needs a stream");
    }
    check(stream);
    check(region);
    check(endpoint);
  }

  private static void check(String text) {
    Objects.requireNonNull(text, "text");
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("longer than " + MAX_LENGTH + " characters");
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("has control characters");
    }
  }

  /** One line for people: the stream, then what else is said. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(stream);
    if (!region.isEmpty()) {
      text.append(" in ").append(region);
    }
    if (!endpoint.isEmpty()) {
      text.append(" at ").append(endpoint);
    }
    return text.toString();
  }

  /**
   * The beginning of folder names: the stream's name as far as it is safe in a file name ({@code
   * [A-Za-z0-9_-]}), and a hash of all three texts.
   */
  public String folderPrefix() {
    return safe(stream.substring(stream.lastIndexOf('/') + 1)) + "-" + hash();
  }

  /** What of a text is safe as a part of a file name, at most 64 characters. */
  static String safe(String text) {
    String safe = text.replaceAll("[^A-Za-z0-9_-]", "_");
    return safe.length() > MAX_PREFIX ? safe.substring(0, MAX_PREFIX) : safe;
  }

  private String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String all = stream + "\n" + region + "\n" + endpoint;
      byte[] hash = digest.digest(all.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
