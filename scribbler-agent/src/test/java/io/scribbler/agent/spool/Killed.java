package io.scribbler.agent.spool;

/** What is left of a spool when its process is killed: the files as they are, and no lock. */
public final class Killed {
  private Killed() {}

  /** Lets go of all files, as the kernel would; the spool is not to be used any more. */
  public static void kill(DiskSpool spool) {
    spool.letGoOfFiles();
  }
}
