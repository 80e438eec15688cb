package io.scribbler.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.agent.config.AdminConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private static final MetricsPage PAGE =
      new MetricsPage() {
        @Override
        public String contentType(String accept) {
          return accept.equals("x/y") ? "x/y" : "text/plain";
        }

        @Override
        public void write(OutputStream out, String contentType) throws IOException {
          out.write("m 1\n".getBytes(StandardCharsets.UTF_8));
        }
      };

  private static final Ledger LEDGER = new Ledger();
  private static final StatusPage STATUS =
      new StatusPage(new StatusPage.About("p", 7, "1", "/spool"), LEDGER, () -> 1, 2);

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<String> warnings = new ArrayList<>();
  private volatile boolean ready = true;
  private final AdminServer admin =
      AdminServer.start(new AdminConfig("127.0.0.1", 0), PAGE, STATUS, () -> ready, warnings::add)
          .orElseThrow();

  @AfterEach
  void close() {
    admin.close();
  }

  @Test
  void pagesAnswer() throws Exception {
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(get("/ready").body()).isEqualTo("{\"ready\":true}\n");
    ready = false;
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    assertThat(get("/ready").body()).isEqualTo("{\"ready\":false}\n");
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(get("/metrics").body()).isEqualTo("m 1\n");
    assertThat(get("/metrics").headers().firstValue("Content-Type")).contains("text/plain");
    assertThat(get("/status").body()).startsWith("{\"producer\":\"p\",\"epoch\":7,");
    assertThat(get("/status").headers().firstValue("Content-Type"))
        .contains("application/json; charset=utf-8");
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(get("/healthy").statusCode()).isEqualTo(404);
  }

  @Test
  void aStreamWhoseThreadHangsIsAnErrorOfTheStatusPageAlone() throws Exception {
    LEDGER.stream("hung")
        .readBy(
            accounts -> {
              throw new CompletionException(new TimeoutException());
            });
    assertThat(get("/status").statusCode()).isEqualTo(503);
    assertThat(get("/health").statusCode()).isEqualTo(200);
    LEDGER.stream("hung").readBy(Supplier::get);
  }

  @Test
  void contentTypeIsNegotiated() throws Exception {
    HttpRequest request = request("/metrics").header("Accept", "x/y").build();
    assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).headers().map())
        .containsEntry("content-type", List.of("x/y"));
  }

  @Test
  void onlyGetAndHeadAreTaken() throws Exception {
    HttpRequest head =
        request("/metrics").method("HEAD", HttpRequest.BodyPublishers.noBody()).build();
    HttpResponse<String> answer = client.send(head, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(4);
    assertThat(answer.body()).isEmpty();
    HttpRequest post = request("/health").POST(HttpRequest.BodyPublishers.ofString("x")).build();
    answer = client.send(post, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD");
  }

  /** More clients than threads begin a request and never end it. */
  @Test
  void slowClientsCantHangIt() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), admin.port());
        slow.add(socket);
        socket.getOutputStream().write("GET /hea".getBytes(StandardCharsets.US_ASCII));
      }
      await()
          .atMost(Duration.ofSeconds(40))
          .until(
              () -> {
                try {
                  return get("/health").statusCode() == 200;
                } catch (IOException e) {
                  return false;
                }
              });
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void portInUseIsWarnedOfInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      AdminConfig config = new AdminConfig("127.0.0.1", taken.getLocalPort());
      assertThat(AdminServer.start(config, PAGE, STATUS, () -> true, warnings::add)).isEmpty();
    }
    AdminConfig nowhere = new AdminConfig("no-such-host.invalid", 80);
    assertThat(AdminServer.start(nowhere, PAGE, STATUS, () -> true, warnings::add)).isEmpty();
    assertThat(warnings).hasSize(2).allMatch(w -> w.contains("admin.listen") && !w.contains("\n"));
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.port() + path))
        .timeout(Duration.ofSeconds(10));
  }
}
