package io.scribbler.agent.config;

import java.util.Locale;

/** In which order a stream gets what was spooled and what comes now. */
public enum Replay {
  /** What comes now goes at once, and the backlog beside it. */
  FRESH_FIRST,
  /** The backlog goes first. */
  IN_ORDER;

  /** As it is written in settings. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
