package io.scribbler.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Scrapes an agent's metrics every 200 ms and keeps what is wrong with its books. */
final class Watch implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI admin;
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "watch");
  private final AtomicInteger scrapes = new AtomicInteger();

  /** Begins to scrape; while nobody answers there is nothing to check. */
  Watch(int port) {
    admin = URI.create("http://127.0.0.1:" + port);
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      scrape();
      Until.passed(INTERVAL);
    }
  }

  /**
   * A port that is free now, and that no outgoing connection is given meanwhile: those have higher
   * ones.
   */
  static int freePort() throws IOException {
    for (int tries = 0; ; tries++) {
      int port = ThreadLocalRandom.current().nextInt(15_000, 30_000);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (IOException e) {
        if (tries == 100) {
          throw e;
        }
      }
    }
  }

  /** Scrapes and checks once; empty when nobody answers. */
  synchronized Optional<Conservation> scrape() {
    try {
      Conservation page =
          new Conservation(
              client
                  .send(
                      HttpRequest.newBuilder(admin.resolve("/metrics")).timeout(PATIENCE).build(),
                      BodyHandlers.ofString())
                  .body());
      wrong.addAll(page.violations());
      scrapes.addAndGet(page.accounts() > 0 ? 1 : 0);
      return Optional.of(page);
    } catch (IOException e) {
      return Optional.empty(); // it begins, or it has ended
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** The status of {@code /ready} or {@code /health}; 0 when nobody answers. */
  int status(String path) throws InterruptedException {
    try {
      return client
          .send(
              HttpRequest.newBuilder(admin.resolve(path)).timeout(PATIENCE).build(),
              BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  /** A metric's sum over all labels; 0 if it is not there. */
  double of(String name) {
    return scrape().map(page -> page.of(name)).orElse(0.0);
  }

  /** Equations that did not hold, so far. */
  List<String> wrong() {
    return List.copyOf(wrong);
  }

  /** How often there were accounts to check. */
  int scrapes() {
    return scrapes.get();
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
