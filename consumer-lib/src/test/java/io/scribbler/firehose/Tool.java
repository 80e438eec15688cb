package io.scribbler.firehose;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** Runs the program in this process and keeps what it wrote. */
public final class Tool {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment;
  private boolean terminal;
  private int exitCode = -1;

  Tool(Map<String, String> environment) {
    this.environment = environment;
  }

  public static Tool run(Map<String, String> environment, String... args) {
    return new Tool(environment).run(InputStream.nullInputStream(), args);
  }

  static Tool runWithInput(byte[] input, String... args) {
    return new Tool(Map.of()).run(new ByteArrayInputStream(input), args);
  }

  /** Runs it for a person who types this. */
  static Tool runOnTerminal(Map<String, String> environment, String typed, String... args) {
    Tool tool = new Tool(environment);
    tool.terminal = true;
    return tool.run(new ByteArrayInputStream(typed.getBytes(UTF_8)), args);
  }

  private Tool run(InputStream in, String... args) {
    exitCode = Firehose.run(console(in, out), args);
    return this;
  }

  /** Runs it with another standard output. */
  Tool runInto(OutputStream elsewhere, String... args) {
    exitCode = Firehose.run(console(InputStream.nullInputStream(), elsewhere), args);
    return this;
  }

  private Console console(InputStream in, OutputStream to) {
    return new Console(
        in, to, new PrintStream(err, true, UTF_8), terminal, false, false, environment);
  }

  public int exitCode() {
    return exitCode;
  }

  public byte[] outBytes() {
    return out.toByteArray();
  }

  String out() {
    return out.toString(UTF_8);
  }

  public List<String> outLines() {
    return out().lines().toList();
  }

  public String err() {
    return err.toString(UTF_8);
  }

  List<String> errLines() {
    return err().lines().toList();
  }
}
