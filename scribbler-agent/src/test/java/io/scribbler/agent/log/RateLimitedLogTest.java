package io.scribbler.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RateLimitedLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("rate-limited");
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private long nanos = -5;
  private final RateLimitedLog log = new RateLimitedLog(logger, Duration.ofMinutes(1), () -> nanos);

  @BeforeEach
  void listen() {
    logger.setAdditive(false);
    logger.addAppender(said);
    said.start();
  }

  @AfterEach
  void stop() {
    logger.detachAppender(said);
  }

  @Test
  void aThingIsSaidAtOnceThenOnceAMinuteWithHowOften() {
    log.warn("missing", "stream s is missing {}");
    log.warn("missing", "stream s is missing 2");
    log.error("credentials", "none");
    pass(59);
    log.warn("missing", "stream s is missing 3");
    pass(1);
    log.warn("missing", "stream s is missing 4");
    pass(60);
    log.warn("missing", "stream s is missing 5");
    assertThat(lines())
        .containsExactly(
            "WARN stream s is missing {}",
            "ERROR none",
            "WARN stream s is missing 4 (2 more in the last 60 s)",
            "WARN stream s is missing 5");
  }

  @Test
  void whatIsOverIsSaidOnceAndItsReturnAtOnce() {
    log.over("missing", "stream s is there");
    log.warn("missing", "stream s is missing");
    log.over("missing", "stream s is there");
    log.over("missing", "stream s is there");
    log.warn("missing", "stream s is missing");
    assertThat(lines())
        .containsExactly(
            "WARN stream s is missing", "INFO stream s is there", "WARN stream s is missing");
  }

  @Test
  void subjectsAreBounded() {
    for (int i = 0; i <= RateLimitedLog.MAX_SUBJECTS; i++) {
      log.warn("subject " + i, "x");
    }
    log.warn("subject " + RateLimitedLog.MAX_SUBJECTS, "x");
    assertThat(said.list).hasSize(RateLimitedLog.MAX_SUBJECTS + 1);
    log.warn("subject 0", "forgotten, so said again");
    assertThat(said.list).hasSize(RateLimitedLog.MAX_SUBJECTS + 2);
  }

  private List<String> lines() {
    return said.list.stream().map(e -> e.getLevel() + " " + e.getFormattedMessage()).toList();
  }

  private void pass(int seconds) {
    nanos += Duration.ofSeconds(seconds).toNanos();
  }
}
