package io.scribbler.agent.cli;

/** The thread that runs when a signal ends the process. */
final class SignalHook {
  private SignalHook() {}

  /**
   * All is done: an exit by itself needs it no more.
   *
   * @return false if a signal came meanwhile, so that the hook ends the process with the exit code
   *     that is known by now
   */
  static boolean remove(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return false; // the process is ending
    }
  }
}
