package io.scribbler.consumer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;

final class TroubleLogTest {
  private final SdkClientException cause = SdkClientException.create("why\n it is");

  private long nanos;

  @Test
  void saysEachKindAtOnceAndThenOnceAMinute() {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    Logger logger = (Logger) LoggerFactory.getLogger(TroubleLog.class);
    logger.addAppender(lines);
    try {
      TroubleLog troubles = new TroubleLog("s", () -> nanos);
      troubles.say(ReadTrouble.MISSING, cause);
      nanos += Duration.ofSeconds(59).toNanos();
      troubles.say(ReadTrouble.MISSING, cause);
      troubles.say(ReadTrouble.DENIED, cause);
      assertThat(lines.list).hasSize(2);
      nanos += Duration.ofSeconds(1).toNanos();
      troubles.say(ReadTrouble.MISSING, cause);
      assertThat(lines.list).hasSize(3);
      assertThat(lines.list.get(0).getFormattedMessage())
          .contains("stream s: the stream is missing; create it")
          .contains("(why it is)");
    } finally {
      logger.detachAppender(lines);
    }
  }
}
