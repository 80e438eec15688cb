package io.scribbler.agent.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.scribbler.agent.config.AdminConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The admin address over HTTP: {@code /metrics}, {@code /status} ({@link StatusPage}), {@code
 * /health} (200 while the process answers) and {@code /ready} (200 while sources accept, else 503).
 * A few threads of its own, a few connections, and seconds for each, so that a slow or hostile
 * client costs only itself.
 */
public final class AdminServer implements AutoCloseable {
  private static final int THREADS = 8;
  private static final int WAITING = 64;
  private static final String JSON = "application/json; charset=utf-8";

  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final MetricsPage metrics;
  private final StatusPage status;
  private final BooleanSupplier ready;

  static {
    // The JDK's server takes its limits from here, once for the whole process; seconds.
    limit("sun.net.httpserver.maxReqTime", 5);
    limit("sun.net.httpserver.maxRspTime", 10);
    limit("sun.net.httpserver.idleInterval", 30);
    limit("jdk.httpserver.maxConnections", 200);
  }

  private AdminServer(
      AdminConfig config, MetricsPage metrics, StatusPage status, BooleanSupplier ready)
      throws IOException {
    this.metrics = metrics;
    this.status = status;
    this.ready = ready;
    server = HttpServer.create(new InetSocketAddress(config.host(), config.port()), 0);
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = new Thread(task, "admin-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
  }

  /**
   * Starts the server; when it can't, says why in one line and goes without, since delivery must
   * not depend on it.
   */
  public static Optional<AdminServer> start(
      AdminConfig config,
      MetricsPage metrics,
      StatusPage status,
      BooleanSupplier ready,
      Consumer<String> warn) {
    try {
      AdminServer admin = new AdminServer(config, metrics, status, ready);
      admin.server.start();
      return Optional.of(admin);
    } catch (IOException | RuntimeException e) {
      warn.accept(
          "no admin server on "
              + config.host()
              + ":"
              + config.port()
              + " ("
              + e.getMessage()
              + "); free the port or change admin.listen; delivery goes on without metrics");
      return Optional.empty();
    }
  }

  /** The port it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        answer(exchange, 405, JSON, "{\"error\":\"only GET and HEAD\"}\n");
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/metrics" -> metrics(exchange);
        case "/status" -> status(exchange);
        case "/health" -> answer(exchange, 200, JSON, "{\"health\":\"up\"}\n");
        case "/ready" -> {
          boolean accepting = ready.getAsBoolean();
          answer(exchange, accepting ? 200 : 503, JSON, "{\"ready\":" + accepting + "}\n");
        }
        default ->
            answer(
                exchange, 404, JSON, "{\"error\":\"only /metrics, /status, /health, /ready\"}\n");
      }
    }
  }

  private void metrics(HttpExchange exchange) throws IOException {
    String accept = Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Accept"), "");
    String contentType = metrics.contentType(accept);
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    metrics.write(page, contentType);
    answer(exchange, 200, contentType, page.toByteArray());
  }

  private void status(HttpExchange exchange) throws IOException {
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    try {
      status.write(page);
    } catch (CompletionException e) {
      answer(exchange, 503, JSON, "{\"error\":\"a stream's thread does not answer\"}\n");
      return;
    }
    answer(exchange, 200, JSON, page.toByteArray());
  }

  private static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    answer(exchange, status, type, body.getBytes(StandardCharsets.UTF_8));
  }

  private static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static void limit(String property, int value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Integer.toString(value));
    }
  }
}
