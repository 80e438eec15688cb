package io.scribbler.agent.config;

/** How a log line looks. */
public enum LogFormat {
  TEXT,
  JSON
}
