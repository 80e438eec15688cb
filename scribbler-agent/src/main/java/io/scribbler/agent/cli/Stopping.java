package io.scribbler.agent.cli;

import io.scribbler.agent.Agent;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a signal end what a command does with agents, orderly. Thread-safe. */
final class Stopping {
  private static final Duration TIME = Duration.ofSeconds(5);

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CompletableFuture<Integer> code = new CompletableFuture<>();
  private Agent agent; // guarded by this; null while none runs

  /** What a command does; returns its exit code. */
  @FunctionalInterface
  interface Work {
    int run(Stopping stopping) throws Exception;
  }

  /** Runs a command's work as all that the process does. */
  static int run(Work work) throws Exception {
    Thread.setDefaultUncaughtExceptionHandler(AgentRun::die);
    Stopping stopping = new Stopping();
    Thread hook = new Thread(stopping::bySignal, "signal");
    Runtime.getRuntime().addShutdownHook(hook);
    int result = AgentRun.FAILED;
    try {
      result = work.run(stopping);
    } finally {
      stopping.code.complete(result);
      SignalHook.remove(hook);
    }
    return result;
  }

  /** Main does the work, and this gives its exit code. */
  private void bySignal() {
    ask();
    Runtime.getRuntime().halt(code.join());
  }

  /** Asks to end soon. */
  void ask() {
    synchronized (this) {
      asked.countDown();
      if (agent != null) {
        agent.endWithin(TIME);
      }
    }
  }

  boolean asked() {
    return asked.getCount() == 0;
  }

  /** From now on this agent is to be ended; null for none. */
  synchronized void agent(Agent running) {
    agent = running;
    if (running != null && asked()) {
      running.endWithin(TIME);
    }
  }

  /** Waits for some time, or until asked. */
  void await(Duration time) throws InterruptedException {
    if (asked.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
      return; // the caller looks
    }
  }
}
