package io.scribbler.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.config.LogConfig;
import io.scribbler.agent.config.LogFormat;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

class LogsTest {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

  private final Logger log = LoggerFactory.getLogger(LogsTest.class);
  private final PrintStream err = System.err;
  private final PrintStream out = System.out;
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  @BeforeEach
  void capture() {
    Thread.currentThread().setName("main");
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    System.setOut(new PrintStream(data, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void release() {
    System.setErr(err);
    System.setOut(out);
    Logs.set(LogConfig.DEFAULT);
  }

  @Test
  void textLinesGoToStandardError() {
    Logs.set(new LogConfig(Level.INFO, LogFormat.TEXT));
    Thread.currentThread().setName("main");
    log.warn("held: {}", "a\nb\u001b[31m é");
    log.info("fine");
    log.debug("not said");
    assertThat(lines()).hasSize(2);
    assertThat(lines().get(0)).matches(TIME + " WARN  \\[main] held: a\\\\nb\\\\u001b\\[31m é");
    assertThat(lines().get(1)).matches(TIME + " INFO  \\[main] fine");
    assertThat(data.size()).isZero();
  }

  @Test
  void jsonLinesHoldEverything() {
    Logs.set(new LogConfig(Level.DEBUG, LogFormat.JSON));
    log.debug("a \"thing\"\nhappened", new IllegalStateException("why"));
    assertThat(lines())
        .singleElement()
        .asString()
        .matches(
            "\\{\"time\":\""
                + TIME
                + "\",\"level\":\"debug\",\"thread\":\"main\",\"logger\":\""
                + LogsTest.class.getName().replace(".", "\\.")
                + "\",\"message\":\"a \\\\\"thing\\\\\"\\\\nhappened\","
                + "\"stack\":\"java.lang.IllegalStateException: why.*\"}");
  }

  @Test
  void othersAreHeardFromWarningsOnWhateverTheLevel() {
    Logs.set(new LogConfig(Level.TRACE, LogFormat.TEXT));
    LoggerFactory.getLogger("software.amazon.awssdk.request").debug("Authorization: secret");
    LoggerFactory.getLogger("io.netty.x").info("chatter");
    assertThat(lines()).isEmpty();
    LoggerFactory.getLogger("software.amazon.awssdk.auth").warn("trouble");
    log.trace("ours");
    assertThat(lines()).hasSize(2);
  }

  @Test
  void levelIsHeld() {
    Logs.set(new LogConfig(Level.ERROR, LogFormat.TEXT));
    log.warn("no");
    log.error("yes");
    assertThat(lines()).singleElement().asString().contains("ERROR ").endsWith("yes");
  }

  private List<String> lines() {
    return errors.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
