package io.scribbler.agent;

import io.scribbler.agent.batch.Encoder;
import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.KeyExtractor;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.batch.Router;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.AdminConfig;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.SourceConfig;
import io.scribbler.agent.config.StdinSourceConfig;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.config.UnixSourceConfig;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.log.RateLimitedLog;
import io.scribbler.agent.metrics.AdminServer;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.metrics.Metrics;
import io.scribbler.agent.metrics.RequestObserver;
import io.scribbler.agent.metrics.Snapshot;
import io.scribbler.agent.metrics.StatusPage;
import io.scribbler.agent.send.Delivery;
import io.scribbler.agent.source.Activation;
import io.scribbler.agent.source.Source;
import io.scribbler.agent.source.StdinSource;
import io.scribbler.agent.source.Tee;
import io.scribbler.agent.source.UnixSource;
import io.scribbler.agent.spool.Destination;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent, wired: sources → batches → encoder → lanes → requests, one pipeline a stream. {@code
 * docs/ARCHITECTURE.md} draws the same.
 */
public final class Agent {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
  private static final Duration PROGRESS = Duration.ofSeconds(5);

  /** How soon a stop that waits looks whether it has become urgent. */
  private static final Duration STEP = Duration.ofMillis(200);

  /** How long the disk may take for what is in memory at the end. */
  private static final Duration STORE = Duration.ofSeconds(10);

  private static final long DEAD_LETTER_BYTES = 1L << 30;

  private final RateLimitedLog log = new RateLimitedLog(LOG);
  private final Duration stallTimeout;
  private final Path spoolPath;
  private final MemoryBudget memory;
  private final Ledger ledger = new Ledger();
  private final DeadLetters deadLetters;
  private final Encoder encoder =
      new Encoder(Math.min(2, Runtime.getRuntime().availableProcessors()));
  private final List<StreamPipeline> pipelines = new ArrayList<>();
  private final List<Source> sources = new CopyOnWriteArrayList<>();
  private final Resender resender;
  private final Optional<AdminServer> admin;
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private final Deadline deadline = new Deadline();
  private final CompletableFuture<End.Failed> failure = new CompletableFuture<>();

  /** What ends the agent's work. */
  public sealed interface End {
    /**
     * Standard input is at its end.
     *
     * @param wrong what went wrong with it; what came before is delivered all the same
     */
    record OfInput(Optional<String> wrong) implements End {}

    /** It was asked to stop. */
    record Asked() implements End {}

    /**
     * It was told to end on trouble, and there is some.
     *
     * @param text one line that says why
     */
    record Failed(String text) implements End {}
  }

  /**
   * Makes an agent that does not read yet; sockets listen already.
   *
   * @param failFast whether to end on trouble that an operator must mend, instead of waiting
   * @throws IOException with a line for the operator, if a source can't be opened
   */
  public Agent(AgentConfig config, String version, boolean failFast) throws IOException {
    this(config, version, failFast, new Scope(true, folder -> true));
  }

  /** What an agent does of all that is configured. */
  private record Scope(boolean sources, Predicate<Path> adopts) {}

  /**
   * Makes an agent that opens no source and no admin server: it delivers what was left in the
   * spool, and what {@link #resender} is given, until it is stopped.
   *
   * @param adopts which of the folders that others left it may take over
   */
  public static Agent withoutSources(
      AgentConfig config, String version, boolean failFast, Predicate<Path> adopts)
      throws IOException {
    return new Agent(config, version, failFast, new Scope(false, adopts));
  }

  private Agent(AgentConfig config, String version, boolean failFast, Scope scope)
      throws IOException {
    spoolPath = config.spool().path();
    stallTimeout = config.shutdownTimeout();
    memory = new MemoryBudget(config.memoryBytes());
    deadLetters =
        new DeadLetters(
            config.spool().deadLetters(),
            config.producer(),
            DEAD_LETTER_BYTES,
            Clock.systemUTC(),
            text -> log.error("dead-letter", text));
    RandomGenerator random = new SecureRandom();
    long epoch = epoch(config.spool().path(), random);
    long origin = System.nanoTime();
    LongSupplier clock = () -> System.nanoTime() - origin;
    Optional<AdminConfig> adminConfig = config.admin().filter(a -> scope.sources);
    Optional<Metrics> metrics =
        adminConfig.map(a -> new Metrics(ledger, memory::used, memory.limit(), version));
    StatusPage status =
        new StatusPage(
            new StatusPage.About(config.producer(), epoch, version, spoolPath.toString()),
            ledger,
            memory::used,
            memory.limit());
    StreamPipeline.Shared shared =
        new StreamPipeline.Shared(
            config.producer(),
            epoch,
            memory,
            encoder,
            ledger,
            clock,
            random,
            this::acksAdvanced,
            scope.adopts);
    for (StreamConfig stream : config.streams()) {
      pipelines.add(pipeline(stream, config, shared, metrics, status, failFast));
    }
    resender =
        new Resender(config.streams(), pipelines, memory, clock, this::newStall, end::isDone);
    Router router =
        new Router(config.streams(), pipelines.stream().map(StreamPipeline::accumulator).toList());
    String identity = "producer=" + config.producer() + " epoch=" + epoch;
    for (SourceConfig source : scope.sources ? config.sources() : List.<SourceConfig>of()) {
      sources.add(
          source(
              source, config.acks(), config.spool().mayDrop(), router, clock, identity, metrics));
    }
    admin =
        adminConfig.flatMap(
            a -> AdminServer.start(a, metrics.orElseThrow(), status, this::ready, LOG::warn));
  }

  private Stall newStall() {
    return new Stall(stallTimeout, this::delivered, System::nanoTime);
  }

  private static long epoch(Path stateDir, RandomGenerator random) {
    try {
      return EpochFile.next(stateDir, Clock.systemUTC(), random);
    } catch (IOException e) {
      LOG.warn(
          "{}: the epoch can't be kept there ({}); it is taken from the clock",
          stateDir,
          e.getMessage());
      return EpochFile.fresh(Clock.systemUTC(), random);
    }
  }

  private StreamPipeline pipeline(
      StreamConfig stream,
      AgentConfig config,
      StreamPipeline.Shared shared,
      Optional<Metrics> metrics,
      StatusPage status,
      boolean failFast) {
    Trouble trouble =
        new Trouble(stream, log, failFast ? Optional.of(this::fail) : Optional.empty());
    Delivery delivery =
        new Delivery(shared.nanoClock(), shared.random(), trouble::failed, trouble::news);
    RequestObserver observer =
        metrics.map(m -> m.observer(stream.name())).orElse(RequestObserver.NONE);
    StreamPipeline pipeline =
        new StreamPipeline(
            stream,
            shared,
            delivery,
            new RefusedToDeadLetters(stream.name(), deadLetters, log),
            config.spool(),
            text -> spoolTrouble(stream.name(), text),
            observer);
    metrics.ifPresent(m -> m.bind(stream.name(), pipeline.sender()));
    status.bind(
        stream.name(),
        StreamPipeline.destination(stream).toString(),
        pipeline.sender(),
        trouble::last);
    return pipeline;
  }

  /** Each kind once a minute: what differs in numbers alone is of one kind. */
  private void spoolTrouble(String stream, String text) {
    log.warn("spool-" + stream + text.replaceAll("[0-9]+", ""), "stream " + stream + ": " + text);
  }

  private Source source(
      SourceConfig source,
      Acks acks,
      boolean mayDrop,
      Router router,
      LongSupplier clock,
      String identity,
      Optional<Metrics> metrics)
      throws IOException {
    Source made;
    String name;
    if (source instanceof UnixSourceConfig unix) {
      name = unix.path().toString();
      made = new UnixSource(unix, router, memory, deadLetters, clock, log, identity, acks, mayDrop);
    } else if (source instanceof StdinSourceConfig stdin) {
      Activation.refuseStdin();
      name = "stdin";
      Intake intake = router.intake(stdin.topic(), KeyExtractor.of(stdin.key()), acks);
      made =
          new StdinSource(
              new FileInputStream(FileDescriptor.in).getChannel(),
              stdin.framing(),
              stdin.maxMessage(),
              intake,
              new Tee(stdin.tee(), System::nanoTime, text -> log.warn("tee", text)),
              memory,
              deadLetters,
              clock,
              this::inputEnded,
              LOG::warn);
    } else {
      throw new IllegalStateException("unknown source " + source);
    }
    metrics.ifPresent(m -> m.bind(name, made));
    return made;
  }

  /** Trouble ends the agent at once, also when its input has ended and it delivers the rest. */
  private void fail(End.Failed why) {
    failure.complete(why);
    deadline.in(Duration.ZERO);
    end.complete(why);
  }

  private void inputEnded(String wrong) {
    if (wrong != null) {
      LOG.error("{}", wrong);
    }
    end.complete(new End.OfInput(Optional.ofNullable(wrong)));
  }

  /** There may be something to acknowledge. */
  private void acksAdvanced() {
    sources.forEach(Source::acksAdvanced);
  }

  /** Memory has room, or the spool will make some: what comes can be taken. */
  private boolean ready() {
    return !memory.isShort() || pipelines.stream().anyMatch(pipeline -> pipeline.spool().hasRoom());
  }

  /** Starts to read and to send. */
  public void start() {
    pipelines.forEach(StreamPipeline::start);
    sources.forEach(Source::start);
  }

  /** Waits until there is a reason to {@link #stop}. */
  public End await() throws InterruptedException {
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends the agent's work, and the time for {@link #stop} too. Any thread, also during a stop. */
  public void endWithin(Duration time) {
    deadline.in(time);
    end.complete(new End.Asked());
  }

  /**
   * Stops the sources and delivers what is held, in memory and on disk: for as long as {@link
   * #endWithin} allows, or at the end of input while anything leaves within the time that a stop
   * may take. What is in memory then goes to disk.
   *
   * @return the accounts at the end: what is in memory then is lost
   */
  public Snapshot stop() throws InterruptedException {
    deadline.whenPassed(() -> sources.forEach(Source::giveUp));
    for (Source source : sources) {
      source.stop();
    }
    CompletableFuture<Void> drained =
        all(pipelines.stream().map(pipeline -> pipeline.sender().drain()));
    Stall stall = newStall();
    while (!drained.isDone() && deadline.left() > 0 && !stall.over()) {
      awaitProgress(drained, stall);
    }
    if (!drained.isDone()) {
      store();
    }
    deadLetters.close(); // before the sources, which acknowledge what it stores
    for (Source source : sources) {
      source.close();
    }
    Snapshot snapshot = ledger.snapshot();
    for (StreamPipeline pipeline : pipelines) {
      pipeline.close();
    }
    encoder.close();
    admin.ifPresent(AdminServer::close);
    return snapshot;
  }

  private static CompletableFuture<Void> all(Stream<CompletableFuture<Void>> each) {
    return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new));
  }

  private long delivered() {
    return pipelines.stream().mapToLong(pipeline -> pipeline.sender().deliveredRecords()).sum();
  }

  private void store() throws InterruptedException {
    CompletableFuture<Void> stored = all(pipelines.stream().map(StreamPipeline::store));
    try {
      stored.get(STORE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.error("the spool's disk does not answer; what is in memory is lost");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitProgress(CompletableFuture<Void> drained, Stall stall)
      throws InterruptedException {
    long started = System.nanoTime();
    while (!drained.isDone() && deadline.left() > 0 && !stall.over()) {
      try {
        drained.get(Math.min(STEP.toNanos(), deadline.left()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (System.nanoTime() - started > PROGRESS.toNanos()) {
          long onDisk = pipelines.stream().mapToLong(p -> p.sender().spooledBytes()).sum();
          LOG.info(
              "still to deliver: {} in memory, {} on disk",
              megabytes(memory.used()),
              megabytes(onDisk));
          return;
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static String megabytes(long bytes) {
    return "%.1f MB".formatted(bytes / 1e6);
  }

  /** The way in for messages that were refused before. To be used between start and stop. */
  public Resender resender() {
    return resender;
  }

  /** The trouble that it was told to end on, once there is some; also while it stops. */
  public Optional<End.Failed> failure() {
    return Optional.ofNullable(failure.getNow(null));
  }

  /** The accounts now. */
  public Snapshot snapshot() {
    return ledger.snapshot();
  }

  /** What the spool calls the place that a stream's messages go to. */
  public static Destination destination(StreamConfig stream) {
    return StreamPipeline.destination(stream);
  }

  /** Where messages lie that could not be delivered yet. */
  public Path spoolPath() {
    return spoolPath;
  }

  /** How many messages are in the dead-letter file of this life, and where. */
  public DeadLetters deadLetters() {
    return deadLetters;
  }
}
