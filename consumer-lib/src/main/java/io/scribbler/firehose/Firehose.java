package io.scribbler.firehose;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code firehose}. */
@Command(
    name = "firehose",
    description =
        "Looks into a Kinesis stream and after those who read it, and takes saved records apart.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      TailCommand.class,
      TopicsCommand.class,
      DecodeCommand.class,
      LagCommand.class,
      CheckpointsCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      CompletionCommand.class,
      WarmUpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all done, or ended by Ctrl-C or SIGTERM",
      "1:failure, or a record that can't be read",
      "2:usage or configuration"
    })
public final class Firehose implements Callable<Integer> {
  static final int OK = 0;
  static final int FAILURE = 1;
  static final int USAGE = 2;

  private final Console console;

  @Spec private CommandSpec spec;

  Firehose(Console console) {
    this.console = console;
  }

  /** Runs the program and exits. */
  public static void main(String[] args) {
    if (args.length == 1 && args[0].equals("--version")) {
      // Asked by scripts all the time; the command line's parser would take most of the start.
      System.out.println(Version.line());
      return;
    }
    System.exit(run(Console.ofProcess(), args));
  }

  /** Runs the program in this process and returns its exit code. */
  static int run(Console console, String... args) {
    PrintWriter err = new PrintWriter(console.err(), true, StandardCharsets.UTF_8);
    return new CommandLine(new Firehose(console))
        .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Errors::usage)
        .setExecutionExceptionHandler(Errors::execution)
        .execute(args);
  }

  Console console() {
    return console;
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "Missing command: tail, topics, decode, lag, checkpoints, pause or resume");
  }
}
