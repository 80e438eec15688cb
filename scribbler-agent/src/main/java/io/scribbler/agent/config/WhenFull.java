package io.scribbler.agent.config;

import java.util.Locale;

/** What happens when neither memory nor the spool has room. */
public enum WhenFull {
  /** Sources wait, and with them the programs that write. */
  BLOCK,
  /** What has lain longest in the spool is given up, and counted. */
  DROP_OLDEST,
  /** What came last is given up, and counted. */
  DROP_NEWEST;

  /** As it is written in settings. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
