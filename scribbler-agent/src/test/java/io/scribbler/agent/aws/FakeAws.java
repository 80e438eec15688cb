package io.scribbler.agent.aws;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.scribbler.agent.metrics.AdminServer;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * A service that keeps what it is asked and answers as told: Kinesis with an empty list of streams,
 * STS with the credentials of a role.
 */
final class FakeAws implements AutoCloseable {
  private static final byte[] NO_STREAMS = {(byte) 0xa0}; // an empty map in CBOR

  static {
    // The JDK's server reads its limits once for the whole JVM, which other tests run in too: let
    // the admin server set them first, as it does where it runs.
    try {
      MethodHandles.lookup().ensureInitialized(AdminServer.class);
    } catch (IllegalAccessException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final List<Request> requests = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile Answer answer = FakeAws::usual;

  /** A request as it came. */
  record Request(String uri, Headers headers, String body) {
    String header(String name) {
      return headers.getFirst(name);
    }
  }

  /** Answers a request. */
  @FunctionalInterface
  interface Answer {
    void to(HttpExchange exchange, Request request) throws IOException;
  }

  private FakeAws(HttpServer server) {
    this.server = server;
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  static FakeAws http() throws IOException {
    return new FakeAws(HttpServer.create(address(), 0));
  }

  static FakeAws https(SSLContext context) throws IOException {
    HttpsServer server = HttpsServer.create(address(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new FakeAws(server);
  }

  void answer(Answer how) {
    answer = how;
  }

  int port() {
    return server.getAddress().getPort();
  }

  String url() {
    return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:" + port();
  }

  static void usual(HttpExchange exchange, Request request) throws IOException {
    if (request.body().contains("Action=AssumeRole")) {
      respond(exchange, 200, "text/xml", ASSUMED.getBytes(StandardCharsets.UTF_8));
    } else {
      respond(exchange, 200, "application/x-amz-cbor-1.1", NO_STREAMS);
    }
  }

  static void respond(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Request request =
        new Request(
            exchange.getRequestURI().toString(),
            exchange.getRequestHeaders(),
            new String(body, StandardCharsets.ISO_8859_1));
    requests.add(request);
    answer.to(exchange, request);
  }

  private static InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static final String ASSUMED =
      """
      <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
      <AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/s</Arn>
      </AssumedRoleUser><Credentials><AccessKeyId>AKIDOFROLE</AccessKeyId>
      <SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken>
      <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>
      <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>
      """;
}
