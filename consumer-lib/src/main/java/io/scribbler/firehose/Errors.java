package io.scribbler.firehose;

import io.scribbler.consumer.StreamException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Errors of the program as one line on standard error and an exit code. */
final class Errors {
  private Errors() {}

  static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + oneLine(e));
    command.getErr().println("Try '" + name + " --help' for what it takes.");
    return Firehose.USAGE;
  }

  static int execution(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof OutputClosedException || e.getCause() instanceof OutputClosedException) {
      return Firehose.OK;
    }
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + oneLine(e));
    if (e instanceof StreamException) {
      return Firehose.USAGE;
    }
    if (!(e instanceof IOException || e instanceof UncheckedIOException)) {
      LoggerFactory.getLogger(Errors.class).error("this is a bug of {}", name, e);
    }
    return Firehose.FAILURE;
  }

  /** The message of an exception, in one line. */
  static String oneLine(Throwable e) {
    Throwable said = e instanceof UncheckedIOException ? e.getCause() : e;
    String message = said.getMessage() == null ? said.toString() : said.getMessage();
    return message.replaceAll("\\s+", " ").strip();
  }
}
