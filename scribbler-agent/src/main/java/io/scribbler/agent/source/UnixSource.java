package io.scribbler.agent.source;

import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.Router;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.UnixSourceConfig;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.log.RateLimitedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
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
  private final RateLimitedLog log;
  private final SocketFile socket;
  private final Selector selector;
  private final Set<UserPrincipal> allowed = new HashSet<>();
  private final AtomicLong emptyLines = new AtomicLong();
  private final LongSupplier clock;
  private final Openings openings;
  private final AckWaiters waiters = new AckWaiters();
  private final CountDownLatch stopped = new CountDownLatch(1); // all that was read is taken
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean closing;
  private volatile boolean givenUp;
  private volatile int open;

  // Owned by the thread.
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
  private final Set<Connection> connections = new HashSet<>();
  private final Deque<Connection> paused = new ArrayDeque<>(); // for want of memory, in turn
  private final Set<Connection> ended = new LinkedHashSet<>(); // stay for acknowledgements alone
  private Connection beyondLimit; // the one that may pass the limit; null if none does
  private long beyondLimitSince;

  /**
   * Listens, so that clients can connect; they are answered from {@link #start} on.
   *
   * @param identity what the answer to a hello says: {@code producer=P epoch=E}
   * @param least how safe messages must at least be before a client is told, if it asks to be
   * @param mayDrop whether messages may be given up when there is no room for them
   * @throws IOException with a line for the operator, if it can't listen
   */
  public UnixSource(
      UnixSourceConfig config,
      Router router,
      MemoryBudget memory,
      DeadLetters deadLetters,
      LongSupplier nanoClock,
      RateLimitedLog log,
      String identity,
      Acks least,
      boolean mayDrop)
      throws IOException {
    this.config = config;
    this.log = log;
    this.clock = nanoClock;
    Pump.Surroundings surroundings =
        new Pump.Surroundings(
            memory, deadLetters, nanoClock, emptyLines, () -> givenUp, waiters::acknowledge);
    openings =
        new Openings(config, router, surroundings, log, identity, least, mayDrop, this::close);
    var lookup = config.path().getFileSystem().getUserPrincipalLookupService();
    for (int uid : config.allowedUids()) {
      allowed.add(lookup.lookupPrincipalByName(Integer.toString(uid)));
    }
    socket = listen(config);
    selector = Selector.open();
    socket.channel().register(selector, SelectionKey.OP_ACCEPT);
    thread = new Thread(this::run, "source-" + config.path().getFileName());
  }

  private static SocketFile listen(UnixSourceConfig config) throws IOException {
    Optional<ServerSocketChannel> inherited = Activation.socket();
    return inherited.isPresent()
        ? SocketFile.inherited(config.path(), inherited.get())
        : SocketFile.listen(config.path(), config.mode(), config.owner(), config.group());
  }

  @Override
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!stopping) {
        serveSelected(paused.isEmpty() ? 0 : PAUSE_CHECK_MILLIS);
        resumePaused();
      }
      lastReads();
      stopped.countDown();
      while (!closing && !connections.isEmpty()) {
        serveSelected(0);
      }
    } catch (IOException | ClosedSelectorException e) {
      log.error("selector", config.path() + ": the source stops: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Set.copyOf(connections).forEach(this::close);
      stopped.countDown();
    }
  }

  private void serveSelected(long millis) throws IOException, InterruptedException {
    selector.select(millis);
    for (SelectionKey key : selector.selectedKeys()) {
      serve(key);
    }
    selector.selectedKeys().clear();
    waiters.acknowledge();
    if (!ended.isEmpty()) {
      ended.stream().filter(Connection::finished).toList().forEach(this::close);
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
      if (connections.size() >= config.maxConnections() && !ended.isEmpty()) {
        close(ended.iterator().next()); // it may be gone for long, which can't be seen
      }
      if (connections.size() >= config.maxConnections()) {
        log.warn("full", config.path() + ": refused a connection: max-connections are open");
        channel.close();
        return true;
      }
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      Connection connection = new Connection(channel, key, openings);
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
    boolean gone = false;
    try {
      read = connection.channel().read(chunk);
    } catch (IOException e) {
      read = -1; // how the end looks where the client has not read all answers
      gone = true;
    }
    if (read < 0) {
      connection.end();
      if (connection.framer() != null && connection.framer().incomplete()) {
        log.warn(
            "cut", config.path() + ": a connection ended inside a message, which is not taken");
      }
      connection.endInput();
      if (gone || connection.finished()) {
        close(connection);
      } else {
        ended.add(connection);
      }
      return false;
    }
    chunk.flip();
    if (read == 0) {
      return false;
    }
    boolean taken = connection.take(chunk);
    if (connection.pending()) {
      waiters.add(connection);
    }
    connection.acknowledge();
    if (!taken) {
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

  /**
   * Takes what clients sent before the stop, also those that were not accepted yet, unless the next
   * daemon will accept them.
   */
  private void lastReads() throws InterruptedException {
    boolean waiting = !socket.inherited();
    for (int i = 0; i < SocketFile.BACKLOG && waiting; i++) {
      waiting = accept();
    }
    socket.channel().keyFor(selector).cancel();
    for (Connection connection : Set.copyOf(connections)) {
      boolean more = !ended.contains(connection);
      for (int reads = 0; !givenUp && reads < LAST_READS && more; reads++) {
        connection.prepareBeyondLimit(CHUNK);
        more = read(connection);
      }
      connection.endInput();
      if (connection.finished()) {
        close(connection);
      } else if (connections.contains(connection)) {
        ended.add(connection);
      }
    }
  }

  private void close(Connection connection) {
    if (!connections.remove(connection)) {
      return;
    }
    open = connections.size();
    ended.remove(connection);
    waiters.remove(connection);
    openings.closed(connection);
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
    if (thread.isAlive()) {
      stopped.await();
    }
    try {
      socket.close();
    } catch (IOException e) {
      log.warn("close", config.path() + ": not removed: " + e.getMessage());
    }
  }

  @Override
  public void close() throws InterruptedException {
    closing = true;
    selector.wakeup();
    thread.join();
    try {
      selector.close();
    } catch (IOException e) {
      log.warn("close", config.path() + ": the selector was not closed: " + e.getMessage());
    }
  }

  @Override
  public void acksAdvanced() {
    if (waiters.advanced()) {
      selector.wakeup();
    }
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
}
