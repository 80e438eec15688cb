package io.scribbler.firehose;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.OutputStream;
import org.slf4j.LoggerFactory;

/**
 * Logs to standard error. Done by the program rather than by a file or a service on the class path,
 * which would get into the programs that embed the library.
 */
final class LogSetup {
  /** How much is logged. */
  enum Verbosity {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  private static final String FORMAT = "%d{HH:mm:ss.SSS} %-5level %msg%n";

  private LogSetup() {}

  static void apply(Verbosity verbosity, OutputStream err) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(FORMAT);
    encoder.start();
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(err);
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    context.getLogger("io.scribbler").setLevel(Level.toLevel(verbosity.name()));
  }
}
