package io.scribbler.agent.source;

import io.scribbler.agent.batch.Identity;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.record.Topics;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The first line by which a client opts in to more than lines.
 *
 * <pre>
 *   SCRIBBLER/1 topic=T framing=lines|length acks=none|memory|disk|stream key=K producer=P epoch=E from=N
 * </pre>
 *
 * All parameters are optional, in any order, separated by spaces; {@code producer}, {@code epoch}
 * and {@code from} come together.
 *
 * @param key the key of all messages of the connection
 * @param client whose sequences the messages have; the daemon's own when empty
 */
record Hello(
    Optional<String> topic,
    Optional<Framing> framing,
    Acks acks,
    Optional<String> key,
    Optional<Client> client) {
  static final String PREFIX = "SCRIBBLER/";

  /** The longest first line that is read. */
  static final int LONGEST = 4096;

  private static final String VERSION = "1";

  /** Epochs and sequences are below this, so that JSON readers keep them exact. */
  private static final long LIMIT = 1L << 53;

  /**
   * A client that keeps what is not acknowledged, and may send it again.
   *
   * @param from the sequence of its next message
   */
  record Client(Identity identity, long from) {}

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
    Optional<String> producer = Optional.empty();
    OptionalLong epoch = OptionalLong.empty();
    OptionalLong from = OptionalLong.empty();
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
        case "producer" -> producer = Optional.of(producer(value));
        case "epoch" -> epoch = OptionalLong.of(number("epoch", value, 1));
        case "from" -> from = OptionalLong.of(number("from", value, 0));
        default -> throw new Unacceptable("unknown parameter " + name);
      }
    }
    return new Hello(topic, framing, acks, key, client(producer, epoch, from));
  }

  private static Optional<Client> client(
      Optional<String> producer, OptionalLong epoch, OptionalLong from) throws Unacceptable {
    if (producer.isEmpty() && epoch.isEmpty() && from.isEmpty()) {
      return Optional.empty();
    }
    if (producer.isEmpty() || epoch.isEmpty() || from.isEmpty()) {
      throw new Unacceptable("producer, epoch and from must be given together");
    }
    Identity identity = new Identity(producer.get(), epoch.getAsLong());
    return Optional.of(new Client(identity, from.getAsLong()));
  }

  private static String producer(String value) throws Unacceptable {
    if (!value.matches("[A-Za-z0-9._-]{1,128}")) {
      throw new Unacceptable("producer must be 1 to 128 of A-Z a-z 0-9 . _ -");
    }
    return value;
  }

  private static long number(String name, String value, long least) throws Unacceptable {
    long number = value.matches("[0-9]{1,16}") ? Long.parseLong(value) : -1;
    if (number < least || number >= LIMIT) {
      throw new Unacceptable(name + " must be a number from " + least + " to " + (LIMIT - 1));
    }
    return number;
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
      case "disk" -> Acks.DISK;
      case "stream" -> Acks.STREAM;
      default -> throw new Unacceptable("acks must be none, memory, disk or stream");
    };
  }
}
