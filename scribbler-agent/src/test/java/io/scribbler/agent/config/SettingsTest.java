package io.scribbler.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "17,17",
    "17B,17",
    "512KiB,524288",
    "64MiB,67108864",
    "10GiB,10737418240",
    "1TiB,1099511627776",
    "1kB,1000",
    "10MB,10000000",
    "1.5MiB,1572864",
    "2 gb,2000000000"
  })
  void sizesAreRead(String text, long bytes) {
    assertThat(Size.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "-1", "1.5", "1e9", "9999999TiB", "1XB", "0x10", "99999999999999999999"})
  void whatIsNoSizeIsRefused(String text) {
    assertThatThrownBy(() -> Size.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining('"' + text + '"');
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1023, 1024, 1025, 512_000, 1 << 20, 10L << 30, 3L << 40})
  void sizesAreWrittenAsTheyAreRead(long bytes) {
    assertThat(Size.parse(Size.format(bytes))).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"0,PT0S", "100ms,PT0.1S", "25s,PT25S", "5m,PT5M", "1h,PT1H", "2d,PT48H"})
  void durationsAreReadAndWritten(String text, Duration duration) {
    assertThat(Durations.parse(text)).isEqualTo(duration);
    assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "-1s", "1.5s", "1y", "s"})
  void whatIsNoDurationIsRefused(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).hasMessageContaining("write it as");
  }

  @Test
  void keyRulesAreRead() {
    assertThat(KeyRule.parse("none")).isEqualTo(KeyRule.NONE);
    assertThat(KeyRule.parse("field:1")).isEqualTo(new KeyRule.Field(1, (byte) ' '));
    assertThat(KeyRule.parse("field:2:,")).isEqualTo(new KeyRule.Field(2, (byte) ','));
    assertThat(KeyRule.parse("field:3::")).isEqualTo(new KeyRule.Field(3, (byte) ':'));
    assertThat(KeyRule.parse("field:4:\\t")).isEqualTo(new KeyRule.Field(4, (byte) '\t'));
    assertThat(KeyRule.parse("json:user_id")).isEqualTo(new KeyRule.Json("user_id"));
    for (String wrong : List.of("", "field", "field:0", "field:x", "field:1:ab", "json:", "xml")) {
      assertThatThrownBy(() -> KeyRule.parse(wrong)).isInstanceOf(SettingException.class);
    }
  }

  @Test
  void streamsTakeTheTopicsOfTheirPatterns() {
    StreamConfig stream =
        StreamConfig.builder("s")
            .topics(List.of("clicks", "bid-*", "*.eu", "a?c", "x*y*z"))
            .build();
    assertThat(List.of("clicks", "bid-", "bid-won", "log.eu", ".eu", "abc", "xyz", "x1y2yz"))
        .allMatch(stream::takes);
    assertThat(List.of("click", "clicks2", "bi", "log.eu2", "ac", "abbc", "xy", "zx"))
        .noneMatch(stream::takes);
    assertThat(StreamConfig.builder("s").build().takes("anything")).isTrue();
  }

  @Test
  void boundsAreHeld() {
    StreamBuilder stream = StreamConfig.builder("s");
    refused("block-size", () -> stream.blockSize(4095));
    refused("block-size", () -> stream.blockSize((8 << 20) + 1));
    refused("linger", () -> stream.linger(Duration.ofMillis(60_001)));
    refused("max-request-records", () -> stream.maxRequestRecords(501));
    refused("max-request-bytes", () -> stream.maxRequestBytes((10 << 20) + 1));
    refused("max-record-size", () -> stream.maxRecordSize((10 << 20) + 1));
    refused("topics", () -> stream.topics(List.of()));
    refused("topics", () -> stream.topics(List.of("a b")));
    refused("region", () -> stream.region("US East"));
    refused("role-arn", () -> stream.roleArn("admin"));
    refused("name", () -> StreamConfig.builder("no such/name"));
    refused("name", () -> StreamConfig.builder("arn:aws:s3:::bucket"));
    refused("name", () -> new StreamBuilder().build());
    refused("external-id", () -> StreamConfig.builder("s").externalId("x").build());
    refused(
        "compression-level",
        () -> StreamConfig.builder("s").compression(Compression.NONE).compressionLevel(1).build());
    refused(
        "compression-level",
        () -> StreamConfig.builder("s").compression(Compression.GZIP).compressionLevel(12).build());
    refused("max-message", () -> StdinSourceConfig.builder().maxMessage((10 << 20) + 1));
    refused("path", () -> UnixSourceConfig.builder().path(Path.of("/" + "x".repeat(107))));
    refused("path", () -> UnixSourceConfig.builder().build());
    refused("mode", () -> UnixSourceConfig.builder().mode("rw"));
    refused("allowed-uids", () -> UnixSourceConfig.builder().allowedUids(List.of(-1)));
    refused("listen", () -> AdminConfig.parse("9464"));
    refused("listen", () -> AdminConfig.parse("h:99999"));
    refused("memory", () -> AgentConfig.builder().memory((8 << 20) - 1));
    refused("producer", () -> AgentConfig.builder().producer("../x"));
    refused("sources", () -> AgentConfig.builder().build());
    refused("streams", () -> agent().streams(List.of()).build());
    refused("streams", () -> agent().streams(List.of(stream.build(), stream.build())).build());
    refused(
        "sources",
        () ->
            agent()
                .sources(
                    List.of(
                        StdinSourceConfig.builder().build(), StdinSourceConfig.builder().build()))
                .build());
    refused(
        "memory",
        () ->
            agent()
                .memory(8 << 20)
                .sources(List.of(StdinSourceConfig.builder().maxMessage(3 << 20).build()))
                .build());
  }

  @Test
  void zeroConfigurationNeedsOnlyTheStream() {
    AgentConfig config = agent().build();
    assertThat(config.memoryBytes()).isEqualTo(64 << 20);
    assertThat(config.acks()).isEqualTo(Acks.MEMORY);
    assertThat(config.producer()).matches("[A-Za-z0-9._-]{1,128}");
    assertThat(config.admin()).isEmpty();
    assertThat(config.streams().get(0).recordSize()).isEqualTo(512_000);
  }

  @Test
  void hostGivesNameAndStateDirectory() {
    assertThat(HostDefaults.of(Map.of("HOSTNAME", "pixel 17/é")).producer())
        .isEqualTo("pixel-17--");
    assertThat(HostDefaults.of(Map.of()).producer()).matches("[A-Za-z0-9._-]{1,128}");
    assertThat(HostDefaults.sanitize("..")).isEqualTo("unknown-host");
    assertThat(HostDefaults.sanitize("x".repeat(200))).hasSize(128);
    assertThat(HostDefaults.stateDir(Map.of("XDG_STATE_HOME", "/s"), "root", "/root"))
        .isEqualTo(Path.of("/var/lib/scribbler/spool"));
    assertThat(HostDefaults.stateDir(Map.of("XDG_STATE_HOME", "/s"), "app", "/home/app"))
        .isEqualTo(Path.of("/s/scribbler/spool"));
    assertThat(HostDefaults.stateDir(Map.of(), "app", "/home/app"))
        .isEqualTo(Path.of("/home/app/.local/state/scribbler/spool"));
  }

  private static AgentConfig.Builder agent() {
    return AgentConfig.builder()
        .sources(List.of(StdinSourceConfig.builder().build()))
        .streams(List.of(StreamConfig.builder("s").build()));
  }

  private static void refused(String key, org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    assertThatThrownBy(c)
        .isInstanceOfSatisfying(
            SettingException.class, e -> assertThat(e.key()).as(e.getMessage()).isEqualTo(key));
  }
}
