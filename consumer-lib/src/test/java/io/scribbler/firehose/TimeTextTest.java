package io.scribbler.firehose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.consumer.StartPosition;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimeTextTest {
  private static final Instant NOW = Instant.parse("2026-05-17T12:00:00Z");
  private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

  @Test
  void namedStarts() {
    assertThat(start("oldest")).isEqualTo(StartPosition.oldest());
    assertThat(start("NOW")).isEqualTo(StartPosition.newest());
  }

  @ParameterizedTest
  @CsvSource({
    "-5m,                        2026-05-17T11:55:00Z",
    "-90s,                       2026-05-17T11:58:30Z",
    "-250ms,                     2026-05-17T11:59:59.750Z",
    "-2h,                        2026-05-17T10:00:00Z",
    "-1d,                        2026-05-16T12:00:00Z",
    "2026-05-17T10:05:03Z,       2026-05-17T10:05:03Z",
    "2026-05-17 10:05:03Z,       2026-05-17T10:05:03Z",
    "2026-05-17T10:05:03+02:00,  2026-05-17T08:05:03Z",
    "2026-05-17T10:05:03.5,      2026-05-17T08:05:03.500Z",
    "2026-05-17T10:05,           2026-05-17T08:05:00Z",
    "2026-05-17,                 2026-05-16T22:00:00Z",
    "1779012303123,              2026-05-17T10:05:03.123Z",
  })
  void times(String text, Instant time) {
    assertThat(start(text)).isEqualTo(StartPosition.at(time));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "-", "-5", "-5y", "5m", "2026-13-01", "12:00"})
  void whatIsNoTimeIsRefused(String text) {
    assertThatThrownBy(() -> start(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no");
  }

  @Test
  void theFutureIsRefused() {
    assertThatThrownBy(() -> start("2026-05-17T12:00:01Z")).hasMessageContaining("in the future");
  }

  @Test
  void durations() {
    assertThat(TimeText.duration("2s")).isEqualTo(Duration.ofSeconds(2));
    assertThat(TimeText.duration("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThatThrownBy(() -> TimeText.duration("2")).hasMessageContaining("like 2s");
  }

  private static StartPosition start(String text) {
    return TimeText.start(text, NOW, ZONE);
  }
}
