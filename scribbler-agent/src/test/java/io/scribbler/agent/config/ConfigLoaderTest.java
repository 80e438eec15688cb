package io.scribbler.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

class ConfigLoaderTest {
  private static final Path SAMPLE = Path.of("..", "config", "scribbler.yaml");
  private static final String SMALL =
      """
      sources: [{ type: stdin, topic: clicks }]
      streams: [{ name: firehose }]
      """;

  @Test
  void sampleShowsTheDefaults() throws IOException {
    AgentConfig sample = load(Files.readString(SAMPLE), Map.of("HOSTNAME", "web-3"));
    AgentConfig small = load(SMALL, Map.of("HOSTNAME", "web-3"));

    assertThat(sample.producer()).isEqualTo("web-3");
    assertThat(sample.memoryBytes()).isEqualTo(small.memoryBytes());
    assertThat(sample.shutdownTimeout()).isEqualTo(small.shutdownTimeout());
    assertThat(sample.acks()).isEqualTo(Acks.DISK);
    assertThat(small.acks()).isEqualTo(Acks.MEMORY);
    assertThat(sample.spool().withPath(small.spool().path())).isEqualTo(small.spool());
    assertThat(sample.log()).isEqualTo(small.log());
    assertThat(sample.admin()).contains(new AdminConfig("127.0.0.1", 9464));
    StreamConfig stream = sample.streams().get(0);
    StreamConfig defaults = small.streams().get(0);
    assertThat(stream)
        .usingRecursiveComparison()
        .ignoringFields(
            "region", "endpoint", "profile", "roleArn", "externalId", "compressionLevel")
        .isEqualTo(defaults);
    UnixSourceConfig unix = (UnixSourceConfig) sample.sources().get(0);
    assertThat(unix)
        .usingRecursiveComparison()
        .ignoringFields("owner", "group", "allowedUids")
        .isEqualTo(UnixSourceConfig.builder().path(unix.path()).build());
    StdinSourceConfig stdin = (StdinSourceConfig) sample.sources().get(1);
    assertThat(stdin)
        .usingRecursiveComparison()
        .ignoringFields("tee")
        .isEqualTo(StdinSourceConfig.builder().build());
  }

  /** An unknown key makes the loader tell all that it knows; the sample must have each. */
  @Test
  void sampleHasEveryKey() throws IOException {
    String sample = Files.readString(SAMPLE);
    String everywhere =
        ("zzzzzzzzzz: 1\n" + sample)
            .replace("  path: /var/lib", "  zzzzzzzzzz: 1\n  path: /var/lib")
            .replace("    path: /run", "    zzzzzzzzzz: 1\n    path: /run")
            .replace("  - type: stdin", "  - type: stdin\n    zzzzzzzzzz: 1")
            .replace("      stdout:", "      zzzzzzzzzz: 1\n      stdout:")
            .replace("  - name: ", "  - zzzzzzzzzz: 1\n    name: ")
            .replace("  listen:", "  zzzzzzzzzz: 1\n  listen:")
            .replace("  level:", "  zzzzzzzzzz: 1\n  level:");

    List<String> errors = errors(everywhere);

    assertThat(errors).hasSize(8);
    for (String error : errors) {
      Matcher known = Pattern.compile("known are (.*)").matcher(error);
      assertThat(known.find()).as(error).isTrue();
      for (String key : known.group(1).split(", ", -1)) {
        assertThat(sample).containsPattern("(?m)^[ -]*" + key + ":");
      }
    }
  }

  @Test
  void everyValueArrives() {
    AgentConfig config =
        load(
            """
            producer: pixel-17
            memory: 128MiB
            acks: memory
            shutdown-timeout: 5s
            spool: { path: /data/spool }
            sources:
              - { type: stdin, topic: a, framing: length, max-message: 2MiB, key: "field:2:,",
                  tee: { stdout: true, file: /tmp/f } }
              - { type: unix, path: /run/s.sock, mode: "0600", owner: app, group: "12", topic: b,
                  allowed-uids: [1, 2], max-connections: 7, key: json:user_id }
            streams:
              - { name: "arn:aws:kinesis:eu-west-1:123456789012:stream/s", topics: [a, "b*"],
                  region: us-east-1, endpoint: "http://127.0.0.1:4567", profile: p,
                  role-arn: "arn:aws:iam::123456789012:role/r", external-id: x, format: kpl,
                  compression: gzip, compression-level: 9, block-size: 1MiB, linger: 1s,
                  record-size: 100kB, max-record-size: 2MiB, ordering: strict, max-in-flight: 3,
                  max-request-records: 4, max-request-bytes: 5MiB, request-timeout: 6s,
                  shard-refresh: 7s }
            admin: { listen: "[::1]:80" }
            log: { level: debug, format: json }
            """,
            Map.of());

    assertThat(config.producer()).isEqualTo("pixel-17");
    assertThat(config.memoryBytes()).isEqualTo(128 << 20);
    assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.spool().path()).isEqualTo(Path.of("/data/spool"));
    assertThat(config.admin()).contains(new AdminConfig("::1", 80));
    assertThat(config.log()).isEqualTo(new LogConfig(Level.DEBUG, LogFormat.JSON));
    assertThat(config.sources())
        .containsExactly(
            new StdinSourceConfig(
                "a",
                Framing.LENGTH,
                2 << 20,
                new KeyRule.Field(2, (byte) ','),
                new TeeConfig(true, Optional.of(Path.of("/tmp/f")))),
            new UnixSourceConfig(
                Path.of("/run/s.sock"),
                "0600",
                Optional.of("app"),
                Optional.of("12"),
                List.of(1, 2),
                "b",
                Framing.LINES,
                1 << 20,
                7,
                new KeyRule.Json("user_id")));
    assertThat(config.streams())
        .containsExactly(
            StreamConfig.builder("arn:aws:kinesis:eu-west-1:123456789012:stream/s")
                .topics(List.of("a", "b*"))
                .region("us-east-1")
                .endpoint(URI.create("http://127.0.0.1:4567"))
                .profile("p")
                .roleArn("arn:aws:iam::123456789012:role/r")
                .externalId("x")
                .format(Format.KPL)
                .compression(Compression.GZIP)
                .compressionLevel(9)
                .blockSize(1 << 20)
                .linger(Duration.ofSeconds(1))
                .recordSize(100_000)
                .maxRecordSize(2 << 20)
                .ordering(Ordering.STRICT)
                .maxInFlight(3)
                .maxRequestRecords(4)
                .maxRequestBytes(5 << 20)
                .requestTimeout(Duration.ofSeconds(6))
                .shardRefresh(Duration.ofSeconds(7))
                .build());
  }

  @Test
  void allErrorsComeAtOnceWithLineAndKey() {
    assertThat(
            errors(
                """
                memory: lots
                acks: tape
                shutdown-timeout: 5
                sorces: []
                sources:
                  - type: stdin
                    topic: _mine
                  - { type: unix }
                  - { type: ftp }
                streams:
                  - name: firehose
                    blocksize: 1MiB
                    linger: 2m
                    name: again
                    endpoint: "127.0.0.1:4567"
                  - { topics: [x] }
                """))
        .containsExactly(
            "f.yaml:1: memory: \"lots\" is no size; write it as 512KiB, 64MiB or 10GiB",
            "f.yaml:2: acks: \"tape\" is none of memory, disk, stream",
            "f.yaml:3: shutdown-timeout: \"5\" is no duration; write it as 100ms, 25s, 5m or 1h",
            "f.yaml:4: sorces: is no key; did you mean sources?",
            "f.yaml:7: sources[0].topic: \"_mine\" is no topic; use 1 to 128 of A-Z a-z 0-9 . _ -"
                + " and no _ at the beginning",
            "f.yaml:8: sources[1].path: is missing; give the socket's file",
            "f.yaml:9: sources[2].type: \"ftp\" is none of stdin, unix",
            "f.yaml:12: streams[0].blocksize: is no key; did you mean block-size?",
            "f.yaml:13: streams[0].linger: 2m is out of bounds; give 0ms to 1m",
            "f.yaml:14: streams[0].name: stands twice, first in line 11; remove one of them",
            "f.yaml:15: streams[0].endpoint: \"127.0.0.1:4567\" is no endpoint; write it as"
                + " https://HOST[:PORT]",
            "f.yaml:16: streams[1].name: is missing; give the stream's name or ARN");
  }

  @Test
  void settingsThatDoNotGoTogetherAreErrorsOfTheirLine() {
    assertThat(
            errors(
                """
                sources: [{ type: stdin }]
                streams:
                  - name: s
                    record-size: 2MiB
                """))
        .containsExactly(
            "f.yaml:4: streams[0].record-size: 2MiB is more than max-record-size, 1MiB; lower it,"
                + " or raise the stream's limit and max-record-size");
    assertThat(
            errors(
                """
                memory: 8MiB
                sources: [{ type: stdin }]
                streams: [{ name: s, block-size: 4MiB }]
                """))
        .containsExactly(
            "f.yaml:1: memory: 8MiB holds fewer than 4 blocks of block-size, 4MiB; give at least"
                + " 16MiB");
  }

  @Test
  void variablesAreReplaced() {
    String text =
        """
        producer: "${HOST}-${N:-7}"
        memory: ${MEM:-16MiB}
        sources: [{ type: stdin, key: "json:$${x}" }]
        streams: [{ name: "${MISSING}" }]
        """;
    assertThat(errors(text))
        .containsExactly(
            "f.yaml:1: producer: the variable HOST is not set; set it, or write ${HOST:-default}",
            "f.yaml:4: streams[0].name: the variable MISSING is not set; set it, or write"
                + " ${MISSING:-default}");

    AgentConfig config = load(text, Map.of("HOST", "h", "MISSING", "s", "MEM", ""));

    assertThat(config.producer()).isEqualTo("h-7");
    assertThat(config.memoryBytes()).isEqualTo(16 << 20);
    assertThat(config.sources().get(0).key()).isEqualTo(new KeyRule.Json("${x}"));
    assertThat(config.streams().get(0).name()).isEqualTo("s");
    assertThat(errors("producer: ${A-b}\n" + SMALL)).singleElement().asString().contains("${NAME}");
  }

  @Test
  void whatIsNoYamlIsToldWithItsLine() {
    assertThat(errors("a: [1,\nb: }")).singleElement().asString().startsWith("f.yaml:2: is not");
    assertThat(errors("")).singleElement().asString().contains("is empty");
    assertThat(errors("just text")).singleElement().asString().contains("must be a map");
    assertThat(errors("a: 1\n---\nb: 2")).singleElement().asString().contains("is not valid YAML");
    assertThat(errors("producer:\n" + SMALL)).singleElement().asString().contains("has no value");
    assertThat(errors("producer: [a, b]\n" + SMALL))
        .singleElement()
        .asString()
        .contains("must be one value");
    assertThat(errors("? [a]\n: b\n" + SMALL)).singleElement().asString().contains("no word");
  }

  @Test
  void hostileFilesAreRefusedInBoundedTime(@TempDir Path dir) throws IOException {
    assertThat(errors("a: " + "[".repeat(500_000)))
        .singleElement()
        .asString()
        .contains("nested too deeply");
    StringBuilder laughs = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (char c = 'b'; c < 'n'; c++) {
      String one = "*" + (char) (c - 1);
      laughs.append(c).append(": &").append(c).append(" [");
      laughs.append(String.join(", ", java.util.Collections.nCopies(10, one))).append("]\n");
    }
    assertThat(errors(laughs + SMALL.replace("name: firehose", "name: s, topics: *m ")))
        .singleElement()
        .asString()
        .contains("Number of aliases");
    assertThat(errors("a: &a [*a]\n" + SMALL)).singleElement().asString().contains("is no key");
    Path large = dir.resolve("large.yaml");
    Files.write(large, "# ".repeat(600_000).getBytes(StandardCharsets.UTF_8));
    Path binary = dir.resolve("binary.yaml");
    Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(fileError(large)).contains("larger than 1MiB");
    assertThat(fileError(binary)).contains("is not UTF-8");
    assertThat(fileError(dir.resolve("none.yaml"))).contains("there is no such file");
    assertThat(fileError(dir)).contains("can't be read");
  }

  private static String fileError(Path file) {
    ConfigException error =
        catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(file));
    assertThat(error.errors()).hasSize(1);
    assertThat(error.getMessage()).startsWith(file.toString());
    return error.getMessage();
  }

  private static AgentConfig load(String text, Map<String, String> environment) {
    return ConfigLoader.load("f.yaml", text, environment);
  }

  private static List<String> errors(String text) {
    ConfigException error =
        catchThrowableOfType(ConfigException.class, () -> load(text, Map.of("HOSTNAME", "h")));
    assertThat(error).as("an error in %s", text).isNotNull();
    return error.errors();
  }
}
