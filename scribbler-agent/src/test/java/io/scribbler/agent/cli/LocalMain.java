package io.scribbler.agent.cli;

import picocli.CommandLine;

/** Runs the command as a process of its own. */
final class LocalMain {
  private LocalMain() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new LocalCommand()).execute(args));
  }
}
