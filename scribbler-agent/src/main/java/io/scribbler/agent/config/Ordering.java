package io.scribbler.agent.config;

/** What order a stream keeps. */
public enum Ordering {
  /** None is promised; the fastest. */
  RELAXED,
  /** At most one record of a lane is in flight, so that first occurrences are in order. */
  STRICT
}
