package io.scribbler.agent.metrics;

import java.io.IOException;
import java.io.OutputStream;

/** What {@code /metrics} answers. */
public interface MetricsPage {
  /**
   * The content type that suits what the client accepts.
   *
   * @param accept the request's Accept header; "" when it has none
   */
  String contentType(String accept);

  /** Writes the page in that content type. */
  void write(OutputStream out, String contentType) throws IOException;
}
