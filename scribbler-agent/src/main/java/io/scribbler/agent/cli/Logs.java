package io.scribbler.agent.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.scribbler.agent.config.LogConfig;
import org.slf4j.LoggerFactory;

/**
 * The set-up of logs: all of them go to standard error, since standard output is for data. Logback
 * finds this class by itself; {@link #set} changes level and look once the settings are known.
 */
public final class Logs extends ContextAwareBase implements Configurator {
  private static final String APPENDER = "stderr";

  /** Made by Logback. */
  public Logs() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName(APPENDER);
    appender.setTarget("System.err");
    appender.setEncoder(new LogEncoder(LogConfig.DEFAULT.format()));
    appender.start();
    root.addAppender(appender);
    root.setLevel(level(LogConfig.DEFAULT));
    // Below warnings these tell of each request, headers and all, whatever the level of our own.
    context.getLogger("software.amazon.awssdk").setLevel(Level.WARN);
    context.getLogger("io.netty").setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Changes level and look from now on. */
  static void set(LogConfig config) {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(level(config));
    ConsoleAppender<ILoggingEvent> appender =
        (ConsoleAppender<ILoggingEvent>) root.getAppender(APPENDER);
    appender.setEncoder(new LogEncoder(config.format()));
  }

  private static Level level(LogConfig config) {
    return Level.convertAnSLF4JLevel(config.level());
  }
}
