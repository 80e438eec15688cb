package io.scribbler.agent.source;

import io.scribbler.agent.batch.Identity;
import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.KeyExtractor;
import io.scribbler.agent.batch.Router;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.agent.config.KeyRule;
import io.scribbler.agent.config.UnixSourceConfig;
import io.scribbler.agent.log.RateLimitedLog;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What connections get once their first bytes are known: a framer and a way in, and for a client
 * with an identity of its own where it goes on. Owned by the source's thread.
 */
final class Openings implements Connection.Opening {
  private final UnixSourceConfig config;
  private final Router router;
  private final Pump.Surroundings surroundings;
  private final RateLimitedLog log;
  private final String identity;
  private final Acks least;
  private final boolean mayDrop;
  private final Consumer<Connection> close;
  private final Map<ClientTopic, Connection> clients = new HashMap<>();

  /** What a client with an identity of its own numbers: one connection at a time. */
  private record ClientTopic(String topic, Identity identity) {}

  /**
   * @param identity the daemon's own, as the answer to a hello says it
   * @param least how safe messages must at least be before a client is told, if it asks to be
   * @param mayDrop whether messages may be given up when there is no room for them
   * @param close closes a connection whose client has come again
   */
  Openings(
      UnixSourceConfig config,
      Router router,
      Pump.Surroundings surroundings,
      RateLimitedLog log,
      String identity,
      Acks least,
      boolean mayDrop,
      Consumer<Connection> close) {
    this.config = config;
    this.router = router;
    this.surroundings = surroundings;
    this.log = log;
    this.identity = identity;
    this.least = least;
    this.mayDrop = mayDrop;
    this.close = close;
  }

  /** A connection is no more. */
  void closed(Connection connection) {
    clients.values().remove(connection);
  }

  @Override
  public void refused(String why) {
    log.warn("hello", config.path() + ": refused a connection: " + why);
  }

  @Override
  public Pump plain() {
    Intake intake = router.intake(config.topic(), KeyExtractor.of(config.key()), Acks.NONE);
    return pump(config.framing(), true, intake);
  }

  @Override
  public Connection.Opened opened(Connection connection, Hello hello) throws Hello.Unacceptable {
    String topic = hello.topic().orElse(config.topic());
    if (!router.takes(topic)) {
      throw new Hello.Unacceptable("no stream takes the topic " + topic);
    }
    if (!router.admits(topic)) {
      throw new Hello.Unacceptable(
          "there are too many topics already; use fewer, and put what differs from message to"
              + " message into the message");
    }
    KeyExtractor keys =
        hello.key().map(KeyExtractor::constant).orElseGet(() -> KeyExtractor.of(config.key()));
    Acks acks = hello.acks();
    if (mayDrop && acks.compareTo(Acks.DISK) >= 0) {
      throw new Hello.Unacceptable(
          "this daemon may drop messages (spool.when-full), so it acknowledges from memory only;"
              + " ask for acks=memory");
    }
    if (acks != Acks.NONE && acks.compareTo(least) < 0) {
      acks = least;
    }
    Framing framing = hello.framing().orElse(config.framing());
    if (hello.client().isEmpty()) {
      Pump pump = pump(framing, acks == Acks.NONE, router.intake(topic, keys, acks));
      return new Connection.Opened(pump, "OK " + identity);
    }
    Hello.Client client = hello.client().get();
    checkClient(hello, client);
    Intake intake = router.intake(topic, keys, acks, client.identity());
    takeOver(connection, new ClientTopic(topic, client.identity())); // after, or all is forgotten
    long held = intake.resume(client.from());
    Pump pump = pump(framing, false, intake);
    pump.passOver(held);
    return new Connection.Opened(
        pump, "OK " + name(client.identity()) + (held == 0 ? "" : " held=" + held));
  }

  private void checkClient(Hello hello, Hello.Client client) throws Hello.Unacceptable {
    if (hello.key().isEmpty() && config.key() != KeyRule.NONE) {
      throw new Hello.Unacceptable(
          "producer needs key= too: by this socket's rule the key differs from message to"
              + " message, and a client's sequences must be contiguous");
    }
    if (name(client.identity()).equals(identity)) {
      throw new Hello.Unacceptable("producer and epoch are the daemon's own; take others");
    }
  }

  /** A client that comes again has given its old connection up: nothing more of it is read. */
  private void takeOver(Connection connection, ClientTopic client) {
    Connection before = clients.remove(client);
    if (before != null) {
      close.accept(before);
    }
    clients.put(client, connection);
  }

  private static String name(Identity identity) {
    return "producer=" + identity.producer() + " epoch=" + identity.epoch();
  }

  private Pump pump(Framing framing, boolean keepUnterminated, Intake intake) {
    Framer framer =
        framing == Framing.LINES
            ? new LineFramer(surroundings.memory(), config.maxMessage(), keepUnterminated)
            : new LengthFramer(surroundings.memory(), config.maxMessage());
    return new Pump(framer, intake, surroundings);
  }
}
