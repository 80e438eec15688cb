package io.scribbler.e2e;

import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a daemon is tormented with: an embedded stream that outlives it, one life of it after the
 * other with the same configuration, and clients that know what they were told. Needs no test
 * library. One thread.
 */
final class Rig implements AutoCloseable {
  static final String STREAM = "firehose";
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Settings settings;
  private final LocalStream stream;
  private final List<Resender> clients = new ArrayList<>();
  private final List<Watch> watches = new ArrayList<>();
  private final StreamAudit audit = new StreamAudit();
  private final Map<Resender.Client, Long> told = new HashMap<>(); // messages acknowledged
  private Life life;
  private boolean down;

  /**
   * Where it all lies and what is in the daemon's configuration.
   *
   * @param program the start script of {@code scribbler}
   * @param dir an empty directory
   * @param spool where the spool is
   * @param keys keys of the file as they are, a line each
   * @param spoolKeys keys of the spool, each after a comma
   * @param streamKeys keys of the stream, each after a comma
   * @param environment of the daemon
   */
  record Settings(
      Path program,
      Path dir,
      Path spool,
      String keys,
      String spoolKeys,
      String streamKeys,
      Map<String, String> environment) {
    static Settings in(Path program, Path dir) {
      return new Settings(program, dir, dir.resolve("spool"), "", "", "", Map.of());
    }

    Settings keys(String lines) {
      return new Settings(program, dir, spool, lines, spoolKeys, streamKeys, environment);
    }

    Settings spool(Path path, String more) {
      return new Settings(program, dir, path, keys, more, streamKeys, environment);
    }

    Settings stream(String more) {
      return new Settings(program, dir, spool, keys, spoolKeys, more, environment);
    }

    Settings environment(Map<String, String> more) {
      return new Settings(program, dir, spool, keys, spoolKeys, streamKeys, more);
    }
  }

  Rig(Settings settings, LocalOptions options) throws IOException {
    this.settings = settings;
    stream =
        LocalStream.start(
            options
                .withPort(Watch.freePort())
                .withStream(STREAM, 4)
                .withDir(settings.dir.resolve("stream")));
  }

  LocalStream stream() {
    return stream;
  }

  /** Takes the stream down, or up again. */
  void down(boolean now) {
    if (now != down) {
      down = now;
      if (now) {
        stream.goDown();
        require(Until.within(LONG, () -> !accepts()), "the stream does not go down");
      } else {
        stream.comeUp();
        require(Until.within(LONG, this::isUp), "the stream does not come up");
      }
    }
  }

  /** Its port may be free only a moment after it went down. */
  private boolean isUp() {
    boolean up = accepts();
    if (!up) {
      stream.comeUp();
    }
    return up;
  }

  private boolean accepts() {
    try (SocketChannel channel = SocketChannel.open()) {
      return channel.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), stream.port()));
    } catch (IOException e) {
      return false;
    }
  }

  Path socket() {
    return settings.dir.resolve("s.sock");
  }

  Path spool() {
    return settings.spool;
  }

  /** Starts a life; the one before must have ended. */
  Life begin() throws IOException {
    int port = Watch.freePort();
    Path config = settings.dir.resolve("scribbler.yaml");
    Files.writeString(
        config,
        """
        producer: tormented
        %s
        spool: { path: %s%s }
        sources: [ { type: unix, path: %s, max-connections: 8192 } ]
        streams: [ { name: %s, endpoint: "%s"%s } ]
        admin: { listen: "127.0.0.1:%d" }
        """
            .formatted(
                settings.keys,
                settings.spool,
                settings.spoolKeys,
                socket(),
                STREAM,
                stream.endpoint(),
                settings.streamKeys,
                port));
    life =
        new Life(
            settings.program,
            config,
            port,
            socket(),
            settings.dir.resolve("daemon.err"),
            settings.environment);
    watches.add(life.watch());
    return life;
  }

  Life life() {
    return life;
  }

  /** Starts a client of the socket. */
  Resender client(Resender.Client client) {
    audit.expect(client);
    Resender started = Resender.start(socket(), client);
    clients.add(started);
    return started;
  }

  /** A client that keeps its books elsewhere: see {@link #told}. */
  void expect(Resender.Client client) {
    audit.expect(client);
  }

  /** How many messages of such a client were acknowledged. */
  void told(Resender.Client client, long messages) {
    told.put(client, messages);
  }

  List<Resender> clients() {
    return clients;
  }

  /** How much all clients were told is safe. */
  long acknowledged() {
    return clients.stream().mapToLong(Resender::acknowledged).sum();
  }

  /** Waits until clients have been told of so many more messages. */
  void awaitAcknowledged(long more) {
    long before = acknowledged();
    require(Until.within(LONG, () -> acknowledged() >= before + more), "no acknowledgements come");
  }

  /** Waits until a metric of the life has a value that is enough. */
  void awaitMetric(String name, double atLeast) {
    Watch watch = life.watch();
    require(
        Until.within(LONG, () -> watch.of(name) >= atLeast), name + " does not reach " + atLeast);
  }

  /** Waits until nothing is in memory or on disk any more. */
  void awaitDelivered() {
    Watch watch = life.watch();
    require(
        Until.within(
            LONG,
            () ->
                watch
                    .scrape()
                    .filter(page -> page.accounts() > 0 || acknowledged() == 0)
                    .filter(page -> page.of("scribbler_messages_in_memory") == 0)
                    .filter(page -> page.of("scribbler_messages_on_disk") == 0)
                    .isPresent()),
        "not all is delivered");
  }

  /** Lets clients end, all be delivered, and the daemon stop; then counts. */
  StreamAudit.Tally settle() throws InterruptedException {
    for (Resender client : clients) {
      boolean told = client.finish(LONG);
      require(told, client.client() + " was not told of all; refusal: " + client.refusal());
    }
    awaitDelivered();
    int code = life.terminate();
    require(code == 0 || code == 75, "exit code " + code);
    return count();
  }

  /** Reads the stream and counts. */
  StreamAudit.Tally count() {
    audit.read(stream.endpoint(), STREAM);
    clients.forEach(client -> told.put(client.client(), client.acknowledged()));
    return audit.tally(told);
  }

  StreamAudit audit() {
    return audit;
  }

  /** Equations of all lives that did not hold. */
  List<String> wrongAccounts() {
    return watches.stream().flatMap(watch -> watch.wrong().stream()).toList();
  }

  void require(boolean so, String otherwise) {
    if (!so) {
      String said = life == null ? "" : life.said();
      String end = said.length() > 4000 ? said.substring(said.length() - 4000) : said;
      throw new IllegalStateException(otherwise + "; the daemon said: " + end);
    }
  }

  @Override
  public void close() {
    clients.forEach(Resender::close);
    if (life != null) {
      life.close();
    }
    stream.close();
  }
}
