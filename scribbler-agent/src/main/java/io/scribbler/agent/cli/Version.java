package io.scribbler.agent.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of this build, and the formats that it writes. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {line()};
  }

  static String line() {
    return "scribbler "
        + number()
        + " (formats: firehose 1, kpl, plain; Java "
        + Runtime.version()
        + ")";
  }

  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }
}
