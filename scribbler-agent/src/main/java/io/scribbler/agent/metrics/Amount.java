package io.scribbler.agent.metrics;

/** A number of messages and the bytes of their data. */
public record Amount(long messages, long bytes) {
  public static final Amount ZERO = new Amount(0, 0);

  /** The sum of both. */
  public Amount plus(Amount other) {
    return new Amount(messages + other.messages, bytes + other.bytes);
  }
}
