package io.scribbler.firehose;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the jar's version. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"firehose " + (version == null ? "of an unpacked build" : version)};
  }
}
