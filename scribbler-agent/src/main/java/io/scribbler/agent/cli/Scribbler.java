package io.scribbler.agent.cli;

import io.scribbler.agent.config.ConfigException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The program {@code scribbler}. */
public final class Scribbler {
  private Scribbler() {}

  /** Runs the command line and exits with its code. */
  public static void main(String[] args) {
    if (args.length == 1 && args[0].equals("--version")) {
      // Asked by scripts all the time; the command line's parser would take most of the start.
      System.out.println(Version.line());
      return;
    }
    int code = commandLine().execute(args);
    System.out.flush();
    Runtime.getRuntime().exit(code);
  }

  static CommandLine commandLine() {
    return new CommandLine(new ScribblerCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAllowSubcommandsAsOptionParameters(true) // such as a directory named spool
        .setParameterExceptionHandler(Scribbler::usageError)
        .setExecutionExceptionHandler(Scribbler::failed);
  }

  private static int usageError(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(
        command.getCommandSpec().qualifiedName()
            + ": "
            + e.getMessage().lines().findFirst().orElse(""));
    err.println(
        "Try '" + command.getCommandSpec().qualifiedName() + " --help' for more information.");
    err.flush();
    return AgentRun.USAGE;
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (e instanceof ConfigException wrong) {
      wrong.errors().forEach(command.getErr()::println);
      command.getErr().flush();
      return AgentRun.USAGE;
    }
    throw e;
  }
}
