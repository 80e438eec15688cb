package io.scribbler.firehose;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the jar's version. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {line()};
  }

  static String line() {
    String version = Version.class.getPackage().getImplementationVersion();
    return "firehose " + (version == null ? "of an unpacked build" : version);
  }
}
