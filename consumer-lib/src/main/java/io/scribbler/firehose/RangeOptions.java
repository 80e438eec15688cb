package io.scribbler.firehose;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.reading.ReaderSettings;
import io.scribbler.net.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import picocli.CommandLine.Option;

/** From where to where a stream is read. */
final class RangeOptions {
  private static final Duration LEAST_IDLE_INTERVAL = Duration.ofMillis(200);

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = StartConverter.class,
      description =
          "oldest, now, so long ago (-5m; ms, s, m, h, d), an ISO-8601 time or milliseconds since"
              + " 1970, by when a record arrived in the stream; default: now for tail, oldest for"
              + " topics")
  private StartPosition from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "ends before what arrived then; written like --from")
  private Instant to;

  @Option(
      names = "--until-idle",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "ends when each shard was read to its tip and nothing came for so long, like 2s")
  private Duration untilIdle;

  @Option(
      names = "--fail-fast",
      description =
          "exits with 2 if the stream is missing or the credentials are, rather than waiting")
  private boolean failFast;

  Duration untilIdle() {
    return untilIdle;
  }

  Instant to() {
    return to;
  }

  ReaderSettings settings(StreamName stream, StartPosition defaultFrom, Instant defaultTo) {
    ReaderSettings settings =
        ReaderSettings.of(stream, from == null ? defaultFrom : from)
            .withTo(to == null ? defaultTo : to)
            .withFailFast(failFast);
    if (untilIdle == null) {
      return settings;
    }
    Duration interval = untilIdle.dividedBy(2);
    Duration idle = interval.compareTo(LEAST_IDLE_INTERVAL) < 0 ? LEAST_IDLE_INTERVAL : interval;
    return idle.compareTo(settings.idleInterval()) < 0
        ? settings.withIntervals(settings.readInterval(), idle)
        : settings;
  }

  private static final class StartConverter extends Converter<StartPosition> {
    StartConverter() {
      super(text -> TimeText.start(text, Instant.now(), ZoneId.systemDefault()));
    }
  }

  private static final class TimeConverter extends Converter<Instant> {
    TimeConverter() {
      super(text -> TimeText.time(text, Instant.now(), ZoneId.systemDefault()));
    }
  }

  private static final class DurationConverter extends Converter<Duration> {
    DurationConverter() {
      super(TimeText::duration);
    }
  }
}
