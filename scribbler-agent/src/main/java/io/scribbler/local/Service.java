package io.scribbler.local;

import io.netty.buffer.ByteBufOutputStream;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests that are read whole. Owned by the loop thread. */
final class Service {
  private static final Logger LOG = LoggerFactory.getLogger(Service.class);

  private final Api api;
  private final Streams streams;
  private final Control control;
  private final Faults faults;
  private final Counters counters;

  Service(Api api, Streams streams, Control control, Faults faults, Counters counters) {
    this.api = api;
    this.streams = streams;
    this.control = control;
    this.faults = faults;
    this.counters = counters;
  }

  /** Applies a request and writes its answer. */
  void answer(Exchange exchange) {
    if (exchange.isControl()) {
      control.answer(exchange);
      return;
    }
    exchange.clockAhead(faults.clockAheadMillis());
    String operation = exchange.operation();
    counters.request(operation != null && operation.startsWith("PutRecord"));
    try {
      if (operation == null) {
        throw new ApiException(
            "UnknownOperationException", 400, "The X-Amz-Target header names no operation.");
      }
      faults.check(exchange.signedMillis(), streams.now());
      api.run(operation, exchange);
    } catch (ApiException e) {
      refuse(exchange, e);
    } catch (UncheckedIOException e) {
      LOG.error("{} failed: {}", operation, e.getMessage());
      refuse(exchange, ApiException.internal(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("{} failed", operation, e);
      refuse(exchange, ApiException.internal("Internal service failure."));
    }
  }

  /** Counts a request that could not be read. */
  void refused() {
    counters.refusedRequest();
  }

  /** Counts a connection that a fault closed. */
  void dropped() {
    counters.droppedConnection();
  }

  private void refuse(Exchange exchange, ApiException error) {
    counters.refusedRequest();
    exchange.answer().clear();
    exchange.status(error.status());
    try (Answer out = new Answer(exchange.format(), new ByteBufOutputStream(exchange.answer()))) {
      out.text("__type", error.type()).text("message", error.getMessage());
    }
  }
}
