package io.scribbler.firehose;

import java.io.PrintStream;
import java.util.concurrent.atomic.LongAdder;

/** Says which records can't be read, a line each, and counts them. Any thread. */
final class BadRecords {
  private final PrintStream err;
  private final String program;
  private final LongAdder count = new LongAdder();

  BadRecords(PrintStream err, String program) {
    this.err = err;
    this.program = program;
  }

  /** One can't be read: where it is, and why. */
  void add(String where, Exception reason) {
    count.increment();
    err.println(program + ": " + where + ": " + Errors.oneLine(reason));
  }

  int exitCode() {
    return count.sum() == 0 ? Firehose.OK : Firehose.FAILURE;
  }
}
