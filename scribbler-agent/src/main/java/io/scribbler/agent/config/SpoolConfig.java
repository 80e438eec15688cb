package io.scribbler.agent.config;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The spool: where messages lie that memory can't hold until they are delivered.
 *
 * @param path shared by the agents of a host, each of which has folders of its own in it; dead
 *     letters are in its folder {@code dead-letter}
 * @param maxBytes how much the agent's own folders may hold together
 * @param minFreePercent how much of the file system is left free
 */
public record SpoolConfig(
    Path path, long maxBytes, int minFreePercent, WhenFull whenFull, Replay replay) {
  private static final long DEFAULT_MAX_BYTES = 10 * Checks.GIB;
  private static final int DEFAULT_MIN_FREE_PERCENT = 10;

  public SpoolConfig {
    Objects.requireNonNull(path, "path");
    Checks.size("max-size", maxBytes, 64 * Checks.MIB, 64 * 1024 * Checks.GIB);
    Checks.range("min-free", minFreePercent, 0, 99);
    Objects.requireNonNull(whenFull, "whenFull");
    Objects.requireNonNull(replay, "replay");
  }

  /** Where the spool is for this user unless told otherwise. */
  public static Path defaultPath() {
    return HostDefaults.ofThisProcess().stateDir();
  }

  /** Where its dead letters are. */
  public Path deadLetters() {
    return path.resolve("dead-letter");
  }

  /** Whether messages may be given up. */
  public boolean mayDrop() {
    return whenFull != WhenFull.BLOCK;
  }

  /** The settings with their defaults. */
  static SpoolConfig at(Path path) {
    return new SpoolConfig(
        path, DEFAULT_MAX_BYTES, DEFAULT_MIN_FREE_PERCENT, WhenFull.BLOCK, Replay.FRESH_FIRST);
  }

  SpoolConfig withPath(Path other) {
    return new SpoolConfig(other, maxBytes, minFreePercent, whenFull, replay);
  }

  SpoolConfig withMaxBytes(long bytes) {
    return new SpoolConfig(path, bytes, minFreePercent, whenFull, replay);
  }

  SpoolConfig withMinFreePercent(int percent) {
    return new SpoolConfig(path, maxBytes, percent, whenFull, replay);
  }

  SpoolConfig withWhenFull(WhenFull other) {
    return new SpoolConfig(path, maxBytes, minFreePercent, other, replay);
  }

  SpoolConfig withReplay(Replay other) {
    return new SpoolConfig(path, maxBytes, minFreePercent, whenFull, other);
  }

  /** A share such as {@code 10%}. */
  static int percent(String text) {
    if (!text.matches("[0-9]{1,2}%")) {
      throw new IllegalArgumentException("\"" + text + "\" is no share; give one such as 10%");
    }
    return Integer.parseInt(text.substring(0, text.length() - 1));
  }
}
