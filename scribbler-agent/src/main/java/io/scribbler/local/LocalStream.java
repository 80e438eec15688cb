package io.scribbler.local;

import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * An embedded stream that speaks the Kinesis API over HTTP to the real clients, for development,
 * tests and benchmarks; not for production. One thread does everything. Safe to use from any
 * thread.
 */
public final class LocalStream implements AutoCloseable {
  private final LocalOptions options;
  private final NioEventLoopGroup group;
  private final FrontDoor door;
  private final Faults faults;
  private final Counters counters;
  private final Storage storage;

  private LocalStream(LocalOptions options, Timing timing, Storage storage) throws IOException {
    this.options = options;
    this.storage = storage;
    faults = new Faults(options.seed());
    counters = new Counters();
    Streams streams = new Streams(options, storage, timing.clock());
    AnswerMemory answers = new AnswerMemory(transferMemory());
    Api api = new Api(streams, faults, counters, answers, timing);
    Control control = new Control(faults, counters, this::outage);
    Service service = new Service(api, streams, control, faults, counters);
    BodyBuffers buffers = new BodyBuffers(transferMemory());
    group = new NioEventLoopGroup(1, new DefaultThreadFactory("scribbler-local", true));
    door =
        new FrontDoor(
            options,
            timing,
            group.next(),
            counters,
            () -> new RequestReader(service, faults, buffers, answers, timing));
    try {
      door.open();
    } catch (IOException e) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
      throw e;
    }
  }

  private static long transferMemory() {
    return Math.max(24L << 20, Math.min(128L << 20, Runtime.getRuntime().maxMemory() / 4));
  }

  /**
   * Starts a stream.
   *
   * @throws UncheckedIOException with one clear line, when the port or the directory can't be used
   */
  public static LocalStream start(LocalOptions options) {
    return start(options, Timing.SERVICE);
  }

  static LocalStream start(LocalOptions options, Timing timing) {
    long memory = Math.min(options.retainMemory(), Runtime.getRuntime().maxMemory() / 2);
    Retention retention = new Retention(memory, options.retainDisk());
    Storage storage = null;
    try {
      storage =
          options.dir() == null
              ? new MemoryStorage(retention)
              : new FileStorage(options.dir(), retention);
      return new LocalStream(options, timing, storage);
    } catch (IOException e) {
      throw closing(storage, new UncheckedIOException(e.getMessage(), e));
    } catch (RuntimeException e) {
      throw closing(storage, e);
    }
  }

  private static RuntimeException closing(Storage storage, RuntimeException cause) {
    if (storage != null) {
      storage.close();
    }
    return cause;
  }

  /** The port it listens on. */
  public int port() {
    return door.port();
  }

  /** What to give to a client as its endpoint. */
  public URI endpoint() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return URI.create("http://" + host + ":" + port());
  }

  /** What it does wrong on purpose. */
  public Faults faults() {
    return faults;
  }

  /** What it has seen. */
  public Counters counters() {
    return counters;
  }

  /** Closes all connections and refuses new ones until {@link #comeUp}. */
  public void goDown() {
    door.shut().awaitUninterruptibly();
  }

  /** Listens again at the same port; when another has it by now, that is logged. */
  public void comeUp() {
    door.reopen().awaitUninterruptibly();
  }

  private void outage(Duration time) {
    door.shutFor(time);
  }

  /** Closes all connections and keeps what is to be kept. May be called again. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    storage.close();
  }
}
