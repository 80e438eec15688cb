package io.scribbler.agent.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.Level;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a configuration file. config/scribbler.yaml shows every key with its default and meaning.
 */
public final class ConfigLoader {
  private final AgentConfig.Builder agent;
  private final List<SourceConfig> sources = new ArrayList<>();
  private final List<StreamConfig> streams = new ArrayList<>();

  private ConfigLoader(Map<String, String> environment) {
    agent = AgentConfig.builder(environment);
  }

  /**
   * The settings in a file, with variables of this process's environment.
   *
   * @throws ConfigException if the file can't be read or anything in it is wrong: all of it at once
   */
  public static AgentConfig load(Path file) {
    return load(file.toString(), YamlFile.read(file), System.getenv());
  }

  static AgentConfig load(String name, String text, Map<String, String> environment) {
    ConfigErrors errors = new ConfigErrors(name);
    Optional<Node> document = YamlFile.compose(name, text);
    if (document.isEmpty()) {
      errors.add(1, "file", "is empty; give at least sources and streams");
      throw errors.exception();
    }
    List<AgentConfig> built = new ArrayList<>();
    YamlSection root = new YamlSection("", document.get(), new Variables(environment), errors);
    new ConfigLoader(environment).agent(root, built);
    if (errors.size() > 0) {
      throw errors.exception();
    }
    return built.get(0);
  }

  private void agent(YamlSection root, List<AgentConfig> built) {
    root.text("producer", agent::producer);
    root.text("memory", text -> agent.memory(Size.parse(text)));
    root.text(
        "acks", text -> agent.acks(choice(text, List.of(Acks.MEMORY, Acks.DISK, Acks.STREAM))));
    root.text("shutdown-timeout", text -> agent.shutdownTimeout(Durations.parse(text)));
    root.section("spool", this::spool);
    root.sections("sources", this::source);
    root.sections("streams", this::stream);
    root.section("admin", this::admin);
    root.section("log", this::log);
    root.require("sources", "give at least one source");
    root.require("streams", "give at least one stream");
    root.finish(() -> agent.sources(sources).streams(streams).build(), built::add);
  }

  private void spool(YamlSection spool) {
    spool.text("path", text -> agent.spoolPath(Path.of(text)));
    spool.text("max-size", text -> agent.spoolMaxSize(Size.parse(text)));
    spool.text("min-free", text -> agent.spoolMinFree(SpoolConfig.percent(text)));
    spool.text("when-full", text -> agent.whenFull(choice(text, List.of(WhenFull.values()))));
    spool.text("replay", text -> agent.replay(choice(text, List.of(Replay.values()))));
    spool.finish();
  }

  private void admin(YamlSection admin) {
    admin.text("listen", text -> agent.admin(AdminConfig.parse(text)));
    admin.require("listen", "give HOST:PORT, or leave admin out");
    admin.finish();
  }

  private void log(YamlSection log) {
    Level[] level = {LogConfig.DEFAULT.level()};
    LogFormat[] format = {LogConfig.DEFAULT.format()};
    log.text("level", text -> level[0] = choice(text, List.of(Level.values())));
    log.text("format", text -> format[0] = choice(text, List.of(LogFormat.values())));
    log.finish(() -> new LogConfig(level[0], format[0]), agent::log);
  }

  private void source(YamlSection source) {
    String[] type = {""};
    source.text("type", text -> type[0] = text);
    switch (type[0]) {
      case "stdin" -> stdin(source);
      case "unix" -> unix(source);
      case "" -> source.require("type", "give stdin or unix");
      default -> source.error("type", "\"" + type[0] + "\" is none of stdin, unix");
    }
  }

  private void stdin(YamlSection source) {
    StdinSourceConfig.Builder stdin = StdinSourceConfig.builder();
    source.text("topic", stdin::topic);
    source.text("framing", text -> stdin.framing(choice(text, List.of(Framing.values()))));
    source.text("max-message", text -> stdin.maxMessage(Size.parse(text)));
    source.text("key", text -> stdin.key(KeyRule.parse(text)));
    source.section("tee", tee -> tee(tee, stdin));
    source.finish(stdin::build, sources::add);
  }

  private static void tee(YamlSection tee, StdinSourceConfig.Builder stdin) {
    boolean[] stdout = {false};
    List<Path> file = new ArrayList<>();
    tee.text("stdout", text -> stdout[0] = yes(text));
    tee.text("file", text -> file.add(Path.of(text)));
    tee.finish(() -> new TeeConfig(stdout[0], file.stream().findFirst()), stdin::tee);
  }

  private void unix(YamlSection source) {
    UnixSourceConfig.Builder unix = UnixSourceConfig.builder();
    source.text("path", text -> unix.path(Path.of(text)));
    source.text("mode", unix::mode);
    source.text("owner", unix::owner);
    source.text("group", unix::group);
    source.texts(
        "allowed-uids",
        texts -> unix.allowedUids(texts.stream().map(ConfigLoader::number).toList()));
    source.text("topic", unix::topic);
    source.text("framing", text -> unix.framing(choice(text, List.of(Framing.values()))));
    source.text("max-message", text -> unix.maxMessage(Size.parse(text)));
    source.text("max-connections", text -> unix.maxConnections(number(text)));
    source.text("key", text -> unix.key(KeyRule.parse(text)));
    source.require("path", "give the socket's file");
    source.finish(unix::build, sources::add);
  }

  private void stream(YamlSection section) {
    StreamBuilder stream = new StreamBuilder();
    section.text("name", stream::name);
    section.texts("topics", stream::topics);
    section.text("region", stream::region);
    section.text("endpoint", text -> stream.endpoint(text));
    section.text("profile", stream::profile);
    section.text("role-arn", stream::roleArn);
    section.text("external-id", stream::externalId);
    section.text("format", text -> stream.format(choice(text, List.of(Format.values()))));
    section.text(
        "compression", text -> stream.compression(choice(text, List.of(Compression.values()))));
    section.text("compression-level", text -> stream.compressionLevel(number(text)));
    section.text("block-size", text -> stream.blockSize(Size.parse(text)));
    section.text("linger", text -> stream.linger(Durations.parse(text)));
    section.text("record-size", text -> stream.recordSize(Size.parse(text)));
    section.text("max-record-size", text -> stream.maxRecordSize(Size.parse(text)));
    section.text("ordering", text -> stream.ordering(choice(text, List.of(Ordering.values()))));
    section.text("max-in-flight", text -> stream.maxInFlight(number(text)));
    section.text("max-request-records", text -> stream.maxRequestRecords(number(text)));
    section.text("max-request-bytes", text -> stream.maxRequestBytes(Size.parse(text)));
    section.text("request-timeout", text -> stream.requestTimeout(Durations.parse(text)));
    section.text("shard-refresh", text -> stream.shardRefresh(Durations.parse(text)));
    section.require("name", "give the stream's name or ARN");
    section.finish(stream::build, streams::add);
  }

  private static <E extends Enum<E>> E choice(String text, List<E> choices) {
    for (E choice : choices) {
      if (word(choice).equals(text)) {
        return choice;
      }
    }
    List<String> names = choices.stream().map(ConfigLoader::word).toList();
    throw new IllegalArgumentException("\"" + text + "\" is none of " + String.join(", ", names));
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static boolean yes(String text) {
    if (text.equals("true") || text.equals("false")) {
      return text.equals("true");
    }
    throw new IllegalArgumentException("\"" + text + "\" is neither true nor false");
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no whole number", e);
    }
  }
}
