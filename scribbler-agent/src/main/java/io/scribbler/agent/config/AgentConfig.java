package io.scribbler.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * All settings of one agent.
 *
 * @param producer the name under which its messages are identified
 * @param memoryBytes the budget for messages that are not delivered yet
 * @param acks the least that a source acknowledges
 * @param shutdownTimeout how long a stop may take to deliver what is held
 * @param spool where messages lie that memory can't hold
 * @param admin where the admin server listens; none when empty
 */
public record AgentConfig(
    String producer,
    long memoryBytes,
    Acks acks,
    Duration shutdownTimeout,
    SpoolConfig spool,
    List<SourceConfig> sources,
    List<StreamConfig> streams,
    Optional<AdminConfig> admin,
    LogConfig log) {

  public AgentConfig {
    Checks.producer("producer", producer);
    checkMemory(memoryBytes);
    Objects.requireNonNull(acks, "acks");
    checkShutdownTimeout(shutdownTimeout);
    Objects.requireNonNull(spool, "spool");
    checkMayDrop(acks, spool);
    sources = List.copyOf(sources);
    streams = List.copyOf(streams);
    Objects.requireNonNull(admin, "admin");
    Objects.requireNonNull(log, "log");
    checkTogether(memoryBytes, sources, streams);
  }

  /** A builder whose defaults come from this host and this process's environment. */
  public static Builder builder() {
    return new Builder(HostDefaults.ofThisProcess());
  }

  /** A builder whose defaults come from that environment instead of the process's own. */
  static Builder builder(Map<String, String> environment) {
    return new Builder(HostDefaults.of(environment));
  }

  /** What is acknowledged as on disk or in the stream can't be given up afterwards. */
  private static void checkMayDrop(Acks acks, SpoolConfig spool) {
    if (acks.compareTo(Acks.DISK) >= 0 && spool.mayDrop()) {
      throw new SettingException(
          "acks",
          acks.name().toLowerCase(Locale.ROOT)
              + " does not go together with spool.when-full: drop-…; give acks: memory, or when-full:"
              + " block");
    }
  }

  private static long checkMemory(long bytes) {
    return Checks.size("memory", bytes, 8 * Checks.MIB, 64 * Checks.GIB);
  }

  private static Duration checkShutdownTimeout(Duration value) {
    return Checks.duration("shutdown-timeout", value, Duration.ZERO, Duration.ofHours(1));
  }

  private static void checkTogether(
      long memory, List<SourceConfig> sources, List<StreamConfig> streams) {
    if (sources.isEmpty()) {
      throw new SettingException("sources", "is empty; give at least one source");
    }
    if (streams.isEmpty()) {
      throw new SettingException("streams", "is empty; give at least one stream");
    }
    if (sources.stream().filter(StdinSourceConfig.class::isInstance).count() > 1) {
      throw new SettingException("sources", "has standard input twice; leave one");
    }
    Set<String> names = new HashSet<>();
    for (StreamConfig stream : streams) {
      if (!names.add(stream.name())) {
        throw new SettingException(
            "streams", "has \"" + stream.name() + "\" twice; leave one, with the topics of both");
      }
      checkHolds(memory, "blocks of block-size", stream.blockSize());
    }
    for (SourceConfig source : sources) {
      checkHolds(memory, "messages of max-message", source.maxMessage());
    }
  }

  private static void checkHolds(long memory, String what, long size) {
    if (memory < 4 * size) {
      throw new SettingException(
          "memory",
          Size.format(memory)
              + " holds fewer than 4 "
              + what
              + ", "
              + Size.format(size)
              + "; give at least "
              + Size.format(4 * size));
    }
  }

  /** Collects the settings, each checked as it comes; what is not set has its default. */
  public static final class Builder {
    private String producer;
    private long memoryBytes = 64 * Checks.MIB;
    private Optional<Acks> acks = Optional.empty();
    private Duration shutdownTimeout = Duration.ofSeconds(25);
    private SpoolConfig spool;
    private List<SourceConfig> sources = List.of();
    private List<StreamConfig> streams = List.of();
    private Optional<AdminConfig> admin = Optional.empty();
    private LogConfig log = LogConfig.DEFAULT;

    private Builder(HostDefaults host) {
      producer = host.producer();
      spool = SpoolConfig.at(host.stateDir());
    }

    public Builder producer(String producer) {
      this.producer = Checks.producer("producer", producer);
      return this;
    }

    /** In bytes. */
    public Builder memory(long bytes) {
      this.memoryBytes = checkMemory(bytes);
      return this;
    }

    /**
     * From {@link Acks#MEMORY} on. Default: {@link Acks#DISK} where there is a socket and the spool
     * may not drop, {@link Acks#MEMORY} otherwise.
     */
    public Builder acks(Acks acks) {
      if (acks == Acks.NONE) {
        throw new SettingException("acks", "\"none\" is none of memory, disk, stream");
      }
      this.acks = Optional.of(acks);
      return this;
    }

    public Builder shutdownTimeout(Duration timeout) {
      this.shutdownTimeout = checkShutdownTimeout(timeout);
      return this;
    }

    public Builder spool(SpoolConfig spool) {
      this.spool = spool;
      return this;
    }

    /** The spool's directory. */
    public Builder spoolPath(Path dir) {
      this.spool = spool.withPath(dir);
      return this;
    }

    /** In bytes. */
    public Builder spoolMaxSize(long bytes) {
      this.spool = spool.withMaxBytes(bytes);
      return this;
    }

    /** In percent of the file system. */
    public Builder spoolMinFree(int percent) {
      this.spool = spool.withMinFreePercent(percent);
      return this;
    }

    public Builder whenFull(WhenFull whenFull) {
      this.spool = spool.withWhenFull(whenFull);
      return this;
    }

    public Builder replay(Replay replay) {
      this.spool = spool.withReplay(replay);
      return this;
    }

    public Builder sources(List<? extends SourceConfig> sources) {
      this.sources = List.copyOf(sources);
      return this;
    }

    public Builder streams(List<StreamConfig> streams) {
      this.streams = List.copyOf(streams);
      return this;
    }

    public Builder admin(AdminConfig admin) {
      this.admin = Optional.of(admin);
      return this;
    }

    public Builder log(LogConfig log) {
      this.log = log;
      return this;
    }

    /**
     * The agent's settings.
     *
     * @throws SettingException if settings are missing or do not go together
     */
    public AgentConfig build() {
      return new AgentConfig(
          producer,
          memoryBytes,
          acks.orElseGet(this::defaultAcks),
          shutdownTimeout,
          spool,
          sources,
          streams,
          admin,
          log);
    }

    private Acks defaultAcks() {
      boolean daemon = sources.stream().anyMatch(UnixSourceConfig.class::isInstance);
      return daemon && !spool.mayDrop() ? Acks.DISK : Acks.MEMORY;
    }
  }
}
