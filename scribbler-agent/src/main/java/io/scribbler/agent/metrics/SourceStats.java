package io.scribbler.agent.metrics;

/** What a source tells when asked. Asked from any thread; answers without waiting. */
public interface SourceStats {
  /** Open connections; 1 for standard input until it ends. */
  int connections();

  /** Lines without a byte, which are skipped, since the start. */
  long emptyLines();
}
