package io.scribbler.agent.source;

import io.scribbler.agent.batch.KeyExtractor;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.Router;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.agent.config.UnixSourceConfig;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.log.RateLimitedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import jdk.net.ExtendedSocketOptions;

/**
 * A Unix socket: many connections, one thread, one read buffer. Where memory is short the whole
 * source waits, and so do its clients.
 */
public final class UnixSource implements Source {
  private static final int CHUNK = 64 * 1024;
  private static final long PAUSE_CHECK_MILLIS = 50;

  /** How long one connection alone may pass the limit for unfinished messages. */
  private static final long BEYOND_LIMIT_NANOS = 10_000_000_000L;

  /** How much a stop still reads of what each client had sent. */
  private static final int LAST_READS = 64;

  private final UnixSourceConfig config;
  private final Router router;
  private final MemoryBudget memory;
  private final RateLimitedLog log;
  private final String identity;
  private final SocketFile socket;
  private final Selector selector;
  private final Set<UserPrincipal> allowed = new HashSet<>();
  private final AtomicLong emptyLines = new AtomicLong();
  private final LongSupplier clock;
  private final Pump.Surroundings surroundings;
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean givenUp;
  private volatile int open;

  // Owned by the thread.
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
  private final Set<Connection> connections = new HashSet<>();
  private final Deque<Connection> paused = new ArrayDeque<>(); // for want of memory, in turn
  private Connection beyondLimit; // the one that may pass the limit; null if none does
  private long beyondLimitSince;

  /**
   * Listens, so that clients can connect; they are answered from {@link #start} on.
   *
   * @param identity what the answer to a hello says: {@code producer=P epoch=E}
   * @throws IOException with a line for the operator, if it can't listen
   */
  public UnixSource(
      UnixSourceConfig config,
      Router router,
      MemoryBudget memory,
      DeadLetters deadLetters,
      LongSupplier nanoClock,
      RateLimitedLog log,
      String identity)
      throws IOException {
    this.config = config;
    this.router = router;
    this.memory = memory;
    this.log = log;
    this.identity = identity;
    this.clock = nanoClock;
    surroundings = new Pump.Surroundings(memory, deadLetters, nanoClock, emptyLines, () -> givenUp);
    var lookup = config.path().getFileSystem().getUserPrincipalLookupService();
    for (int uid : config.allowedUids()) {
      allowed.add(lookup.lookupPrincipalByName(Integer.toString(uid)));
    }
    socket = SocketFile.listen(config.path(), config.mode(), config.owner(), config.group());
    selector = Selector.open();
    socket.channel().register(selector, SelectionKey.OP_ACCEPT);
    thread = new Thread(this::run, "source-" + config.path().getFileName());
  }

  @Override
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!stopping) {
        selector.select(paused.isEmpty() ? 0 : PAUSE_CHECK_MILLIS);
        for (SelectionKey key : selector.selectedKeys()) {
          serve(key);
        }
        selector.selectedKeys().clear();
        resumePaused();
      }
      lastReads();
    } catch (IOException | ClosedSelectorException e) {
      log.error("selector", config.path() + ": the source stops: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Set.copyOf(connections).forEach(this::close);
    }
  }

  private void serve(SelectionKey key) throws InterruptedException {
    if (!key.isValid()) {
      return;
    }
    if (key.isAcceptable()) {
      accept();
      return;
    }
    Connection connection = (Connection) key.attachment();
    if (key.isWritable()) {
      connection.flush();
    }
    if (key.isReadable()) {
      read(connection);
    }
    if (connection.finished()) {
      close(connection);
    }
  }

  /** Takes in one client; false if none waits. */
  private boolean accept() {
    try {
      SocketChannel channel = socket.channel().accept();
      if (channel == null) {
        return false;
      }
      if (!allowed.isEmpty()
          && !allowed.contains(channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user())) {
        log.warn("peer", config.path() + ": refused a process of a user not in allowed-uids");
        channel.close();
        return true;
      }
      if (connections.size() >= config.maxConnections()) {
        log.warn("full", config.path() + ": refused a connection: max-connections are open");
        channel.close();
        return true;
      }
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      Connection connection = new Connection(channel, key, new Opening());
      key.attach(connection);
      connections.add(connection);
      open = connections.size();
      return true;
    } catch (IOException e) {
      log.warn("accept", config.path() + ": can't accept a connection: " + e.getMessage());
      return false;
    }
  }

  /** Reads one chunk; true if there may be more. */
  private boolean read(Connection connection) throws InterruptedException {
    if (!connection.prepare(CHUNK)) {
      connection.pause(true);
      paused.addLast(connection);
      return false;
    }
    chunk.clear();
    int read;
    try {
      read = connection.channel().read(chunk);
    } catch (IOException e) {
      read = -1; // how the end looks where the client has not read all answers
    }
    if (read < 0) {
      connection.end();
      if (connection.framer() != null && connection.framer().incomplete()) {
        log.warn(
            "cut", config.path() + ": a connection ended inside a message, which is not taken");
      }
      close(connection);
      return false;
    }
    chunk.flip();
    if (read == 0) {
      return false;
    }
    if (!connection.take(chunk)) {
      log.warn("given-up", config.path() + ": stopped before all that was read could be taken");
      return false;
    }
    if (connection == beyondLimit && !connection.framer().gathering()) {
      beyondLimit = null;
    }
    return true;
  }

  /**
   * Lets connections with unfinished messages read on as memory allows. If it allows none, one in
   * turn may pass the limit, by one message, until it is done: otherwise all could wait for each
   * other. If it is too slow, it is closed.
   */
  private void resumePaused() {
    for (int i = paused.size(); i > 0; i--) {
      Connection connection = paused.removeFirst();
      if (!connections.contains(connection)) {
        continue;
      }
      if (connection.prepare(CHUNK) || mayPassLimit(connection)) {
        connection.pause(false);
      } else {
        paused.addLast(connection);
      }
    }
  }

  private boolean mayPassLimit(Connection connection) {
    if (connection != beyondLimit) {
      long now = clock.getAsLong();
      if (beyondLimit != null && connections.contains(beyondLimit)) {
        if (now - beyondLimitSince <= BEYOND_LIMIT_NANOS) {
          return false;
        }
        log.warn(
            "slow",
            config.path()
                + ": closed a connection that took over 10 s for one message while memory was short");
        close(beyondLimit);
      }
      beyondLimit = connection;
      beyondLimitSince = now;
    }
    connection.prepareBeyondLimit(CHUNK);
    return true;
  }

  /** Takes what clients sent before the stop, also those that were not accepted yet. */
  private void lastReads() throws InterruptedException {
    boolean waiting = true;
    for (int i = 0; i < SocketFile.BACKLOG && waiting; i++) {
      waiting = accept();
    }
    for (Connection connection : Set.copyOf(connections)) {
      boolean more = true;
      for (int reads = 0; !givenUp && reads < LAST_READS && more; reads++) {
        connection.prepareBeyondLimit(CHUNK);
        more = read(connection);
      }
      close(connection);
    }
  }

  private void close(Connection connection) {
    connections.remove(connection);
    open = connections.size();
    try {
      connection.close();
    } catch (IOException e) {
      log.warn("connection", config.path() + ": a connection was not closed: " + e.getMessage());
    }
  }

  @Override
  public void stop() throws InterruptedException {
    stopping = true;
    selector.wakeup();
    thread.join();
    try {
      socket.close();
      selector.close();
    } catch (IOException e) {
      log.warn("close", config.path() + ": not removed: " + e.getMessage());
    }
  }

  @Override
  public void acksAdvanced() {
    selector.wakeup();
  }

  @Override
  public void giveUp() {
    givenUp = true;
  }

  @Override
  public int connections() {
    return open;
  }

  @Override
  public long emptyLines() {
    return emptyLines.get();
  }

  private final class Opening implements Connection.Opening {
    @Override
    public void refused(String why) {
      log.warn("hello", config.path() + ": refused a connection: " + why);
    }

    @Override
    public Pump plain() {
      return pump(config.topic(), config.framing(), true, KeyExtractor.of(config.key()));
    }

    @Override
    public Pump opened(Hello hello) throws Hello.Unacceptable {
      String topic = hello.topic().orElse(config.topic());
      if (!router.takes(topic)) {
        throw new Hello.Unacceptable("no stream takes the topic " + topic);
      }
      KeyExtractor keys =
          hello.key().map(KeyExtractor::constant).orElseGet(() -> KeyExtractor.of(config.key()));
      return pump(topic, hello.framing().orElse(config.framing()), hello.acks() == Acks.NONE, keys);
    }

    @Override
    public String answer(Hello hello) {
      return "OK " + identity;
    }

    private Pump pump(String topic, Framing framing, boolean keepUnterminated, KeyExtractor keys) {
      Framer framer =
          framing == Framing.LINES
              ? new LineFramer(memory, config.maxMessage(), keepUnterminated)
              : new LengthFramer(memory, config.maxMessage());
      return new Pump(framer, router.intake(topic, keys, Acks.NONE), surroundings);
    }
  }
}
