package io.scribbler.firehose;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Asks a person before something is changed that can't be had back. */
final class Confirmation {
  private static final int LONGEST_ANSWER = 80;

  private final Console console;
  private final CommandSpec command;
  private final boolean yes;

  /**
   * For a command.
   *
   * @param yes given beforehand
   */
  Confirmation(Console console, CommandSpec command, boolean yes) {
    this.console = console;
    this.command = command;
    this.yes = yes;
  }

  /** Refuses the command when nobody can be asked. */
  void check() {
    if (!yes && !console.inIsTerminal()) {
      throw new ParameterException(
          command.commandLine(), "there is no terminal to ask on; give --yes to do it");
    }
  }

  /** Whether it is to be done. */
  boolean given(String what) throws IOException {
    if (yes) {
      return true;
    }
    console.err().print(what + ". Go on? [y/N] ");
    console.err().flush();
    String answer = line().strip().toLowerCase(Locale.ROOT);
    boolean given = answer.equals("y") || answer.equals("yes");
    if (!given) {
      console.err().println(command.qualifiedName() + ": nothing was changed");
    }
    return given;
  }

  private String line() throws IOException {
    byte[] line = new byte[LONGEST_ANSWER];
    int length = 0;
    for (int b = console.in().read(); b >= 0 && b != '\n'; b = console.in().read()) {
      if (length < line.length) {
        line[length++] = (byte) b;
      }
    }
    return new String(line, 0, length, StandardCharsets.UTF_8);
  }
}
