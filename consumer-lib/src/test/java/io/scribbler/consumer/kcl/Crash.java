package io.scribbler.consumer.kcl;

import io.scribbler.consumer.engine.Engine;

/** What can end in a process, as the others see it. */
public final class Crash {
  private Crash() {}

  /** Nothing gets out of the engine any more: no renewal, no checkpoint, no release. */
  public static void of(Engine engine) {
    ((KclEngine) engine).clients().close();
  }

  /** KCL's own thread ends, as it does after an Error; the engine wasn't told to stop. */
  public static void ofScheduler(Engine engine) throws InterruptedException {
    ((KclEngine) engine).streams().get(0).running().stop();
  }
}
