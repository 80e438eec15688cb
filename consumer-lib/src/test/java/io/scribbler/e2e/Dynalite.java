package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** npm's dynalite, a DynamoDB in JavaScript that nobody here wrote, as a process. */
public final class Dynalite implements AutoCloseable {
  private final Program program;
  private final URI uri;

  private Dynalite(Program program, URI uri) {
    this.program = program;
    this.uri = uri;
  }

  /** Starts it without tables, which it keeps in memory, and waits until it answers. */
  public static Dynalite start(Path dir) throws IOException {
    Path home = Path.of(System.getProperty("stand-ins"), "node_modules", "dynalite");
    int port = freePort();
    Program program =
        Program.start(
            Program.Setup.in(dir),
            "dynalite",
            List.of(
                "node",
                home.resolve("cli.js").toString(),
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--createTableMs",
                "10",
                "--updateTableMs",
                "10",
                "--deleteTableMs",
                "10"));
    Dynalite dynalite = new Dynalite(program, URI.create("http://127.0.0.1:" + port));
    try (DynamoDbClient client = dynalite.client()) {
      await("dynalite").failFast(program::assertRuns).until(() -> answers(client));
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
    return dynalite;
  }

  private static boolean answers(DynamoDbClient client) {
    try {
      return client.listTables().tableNames().isEmpty();
    } catch (SdkException e) {
      return false; // it does not answer yet
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Where it is. */
  public URI uri() {
    return uri;
  }

  /** The SDK's own client of it. */
  public DynamoDbClient client() {
    return DynamoDbClient.builder()
        .endpointOverride(uri)
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
        .httpClient(UrlConnectionHttpClient.create())
        .build();
  }

  @Override
  public void close() {
    program.close();
  }
}
