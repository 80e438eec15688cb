package io.scribbler.consumer.kcl;

import io.scribbler.consumer.engine.Engine;

/** The death of a process, as the others see it. */
public final class Crash {
  private Crash() {}

  /** Nothing gets out of the engine any more: no renewal, no checkpoint, no release. */
  public static void of(Engine engine) {
    ((KclEngine) engine).cut();
  }
}
