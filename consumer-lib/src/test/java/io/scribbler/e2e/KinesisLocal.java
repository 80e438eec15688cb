package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** npm's kinesis-local, a Kinesis in JavaScript that nobody here wrote, as a process. */
public final class KinesisLocal implements AutoCloseable {
  private final Program program;
  private final Endpoint endpoint;
  private final int tlsPort;

  private KinesisLocal(Program program, Endpoint endpoint, int tlsPort) {
    this.program = program;
    this.endpoint = endpoint;
    this.tlsPort = tlsPort;
  }

  /** Starts it with a stream of two shards for each name, and waits until it has them. */
  public static KinesisLocal start(Path dir, List<String> streams) throws IOException {
    Path home = Path.of(System.getProperty("stand-ins"), "node_modules", "kinesis-local");
    int port = freePort();
    int tlsPort = freePort();
    Program program =
        Program.start(
            Program.Setup.in(dir)
                .withEnvironment(
                    Map.of(
                        "KINESIS_MOCK_TLS_PORT",
                        Integer.toString(tlsPort),
                        "KINESIS_MOCK_PLAIN_PORT",
                        Integer.toString(port),
                        "CREATE_STREAM_DURATION",
                        "10ms",
                        "UPDATE_SHARD_COUNT_DURATION",
                        "50ms",
                        "INITIALIZE_STREAMS",
                        String.join(",", streams.stream().map(name -> name + ":2").toList()))),
            "kinesis-local",
            // It looks for its files where it is started.
            List.of("sh", "-c", "cd \"$0\" && exec node main.js", home.toString()));
    Endpoint endpoint = new Endpoint(URI.create("http://127.0.0.1:" + port), dir);
    try (KinesisClient client = endpoint.client()) {
      await("kinesis-local").failFast(program::assertRuns).until(() -> has(client, streams));
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
    return new KinesisLocal(program, endpoint, tlsPort);
  }

  private static boolean has(KinesisClient client, List<String> streams) {
    try {
      return client.listStreams().streamNames().containsAll(streams);
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
    return endpoint.uri();
  }

  /** Where it is for those who insist on TLS; its certificate is signed by nobody. */
  int tlsPort() {
    return tlsPort;
  }

  /** The SDK's own client of it. */
  public KinesisClient client() {
    return endpoint.client();
  }

  Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    program.close();
  }
}
