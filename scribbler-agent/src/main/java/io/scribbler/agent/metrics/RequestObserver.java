package io.scribbler.agent.metrics;

/** Is told of each PutRecords request and of records that must be sent again. Thread-safe. */
public interface RequestObserver {
  /** Nobody looks. */
  RequestObserver NONE =
      new RequestObserver() {
        @Override
        public void answered(String outcome, long nanos) {}

        @Override
        public void retried(String reason, long records) {}
      };

  /**
   * A request came to its end.
   *
   * @param outcome one of a few fixed words: {@code ok}, {@code partial}, {@code throttled}, …
   */
  void answered(String outcome, long nanos);

  /**
   * Records will be sent again.
   *
   * @param reason one of a few fixed words: {@code throttled}, {@code timeout}, …
   */
  void retried(String reason, long records);
}
