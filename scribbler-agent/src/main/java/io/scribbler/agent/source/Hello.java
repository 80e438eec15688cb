package io.scribbler.agent.source;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.record.Topics;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The first line by which a client opts in to more than lines.
 *
 * <pre>
 *   SCRIBBLER/1 topic=T framing=lines|length acks=none|memory key=K
 * </pre>
 *
 * All parameters are optional, in any order, separated by single spaces.
 *
 * @param key the key of all messages of the connection
 */
record Hello(Optional<String> topic, Optional<Framing> framing, Acks acks, Optional<String> key) {
  static final String PREFIX = "SCRIBBLER/";

  /** The longest first line that is read. */
  static final int LONGEST = 4096;

  private static final String VERSION = "1";

  /** Why a first line can't be followed; its message is the answer to the client. */
  static final class Unacceptable extends Exception {
    Unacceptable(String message) {
      super(message);
    }
  }

  /** Takes a first line, which begins with {@link #PREFIX}, apart. */
  static Hello parse(String line) throws Unacceptable {
    String[] words = line.strip().split(" +", -1);
    String version = words[0].substring(PREFIX.length());
    if (!version.equals(VERSION)) {
      throw new Unacceptable("unknown version " + version + "; this daemon speaks " + VERSION);
    }
    Optional<String> topic = Optional.empty();
    Optional<Framing> framing = Optional.empty();
    Optional<String> key = Optional.empty();
    Acks acks = Acks.NONE;
    Set<String> seen = new HashSet<>();
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      String name = equals < 0 ? words[i] : words[i].substring(0, equals);
      String value = equals < 0 ? "" : words[i].substring(equals + 1);
      if (!seen.add(name)) {
        throw new Unacceptable(name + " is given twice");
      }
      switch (name) {
        case "topic" -> topic = Optional.of(topic(value));
        case "framing" -> framing = Optional.of(framing(value));
        case "acks" -> acks = acks(value);
        case "key" -> key = Optional.of(value);
        default -> throw new Unacceptable("unknown parameter " + name);
      }
    }
    return new Hello(topic, framing, acks, key);
  }

  private static String topic(String value) throws Unacceptable {
    if (!Topics.accepted(value)) {
      throw new Unacceptable("topic must be 1 to 128 of A-Z a-z 0-9 . _ - and not begin with _");
    }
    return value;
  }

  private static Framing framing(String value) throws Unacceptable {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "lines" -> Framing.LINES;
      case "length" -> Framing.LENGTH;
      default -> throw new Unacceptable("framing must be lines or length");
    };
  }

  private static Acks acks(String value) throws Unacceptable {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "none" -> Acks.NONE;
      case "memory" -> Acks.MEMORY;
      default -> throw new Unacceptable("acks must be none or memory");
    };
  }
}
