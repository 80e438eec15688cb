package io.scribbler.firehose;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * What a program has of the outside.
 *
 * @param in standard input
 * @param out standard output, unbuffered, for data only
 * @param err standard error, for everything else
 * @param inIsTerminal whether a person writes standard input
 * @param outIsTerminal whether a person reads standard output
 * @param errIsTerminal whether a person reads standard error
 * @param environment the variables
 */
record Console(
    InputStream in,
    OutputStream out,
    PrintStream err,
    boolean inIsTerminal,
    boolean outIsTerminal,
    boolean errIsTerminal,
    Map<String, String> environment) {
  /** The process's own; the launcher tells what is a terminal, since the JDK can't. */
  static Console ofProcess() {
    return new Console(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        System.err,
        Boolean.getBoolean("scribbler.stdin.terminal"),
        Boolean.getBoolean("scribbler.stdout.terminal"),
        Boolean.getBoolean("scribbler.stderr.terminal"),
        System.getenv());
  }
}
