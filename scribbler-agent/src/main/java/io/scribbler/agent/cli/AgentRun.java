package io.scribbler.agent.cli;

import io.scribbler.agent.Agent;
import io.scribbler.agent.aws.AwsSetupException;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.metrics.Counts;
import io.scribbler.agent.metrics.Snapshot;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One life of an agent as a process: from its settings to its exit code, signals included. */
final class AgentRun {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** {@code EX_TEMPFAIL}: input ended, and something is kept that is not delivered. */
  static final int KEPT = 75;

  private static final Logger LOG = LoggerFactory.getLogger("io.scribbler.agent");

  private final AgentConfig config;
  private final boolean failFast;
  private final CompletableFuture<Integer> code = new CompletableFuture<>();

  AgentRun(AgentConfig config, boolean failFast) {
    this.config = config;
    this.failFast = failFast;
  }

  /** Runs until the input ends, a signal comes or it fails; returns the exit code. */
  int toEnd() throws InterruptedException {
    Optional<String> tooSmall = HeapCheck.tooSmallFor(config.memoryBytes());
    if (tooSmall.isPresent()) {
      LOG.error("{}", tooSmall.get());
      return USAGE;
    }
    Thread.setDefaultUncaughtExceptionHandler(AgentRun::die);
    Agent agent;
    try {
      agent = new Agent(config, Version.number(), failFast);
    } catch (AwsSetupException | IOException e) {
      LOG.error("{}", e.getMessage());
      return USAGE;
    }
    Thread hook = new Thread(() -> stopBySignal(agent), "signal");
    Runtime.getRuntime().addShutdownHook(hook);
    agent.start();
    Agent.End end = agent.await();
    code.complete(codeOf(end, agent, agent.stop()));
    SignalHook.remove(hook);
    return code.join();
  }

  private static int codeOf(Agent.End end, Agent agent, Snapshot last) {
    agent.failure().ifPresent(failure -> LOG.error("{}", failure.text()));
    int result = result(agent, last);
    if (agent.failure().isPresent()) {
      return USAGE;
    }
    boolean wrong = end instanceof Agent.End.OfInput input && input.wrong().isPresent();
    return wrong ? FAILED : result;
  }

  /** Main does the work, and this gives its exit code. */
  private void stopBySignal(Agent agent) {
    if (code.isDone()) {
      Runtime.getRuntime().halt(code.join());
    }
    LOG.info(
        "stopping; delivering what is held for up to {} s", config.shutdownTimeout().toSeconds());
    agent.endWithin(config.shutdownTimeout());
    Runtime.getRuntime().halt(code.join());
  }

  /** A thread that dies would leave a process that only looks alive. */
  static void die(Thread thread, Throwable cause) {
    LOG.error("thread {} died; the process ends", thread.getName(), cause);
    Runtime.getRuntime().halt(FAILED);
  }

  /** What became of all messages, told and as an exit code. */
  static int result(Agent agent, Snapshot snapshot) {
    long held = 0;
    long kept = 0;
    long spooled = 0;
    long dropped = 0;
    Set<String> reasons = new TreeSet<>();
    for (Map<String, Counts> topics : snapshot.streams().values()) {
      for (Counts counts : topics.values()) {
        held += counts.inMemory().messages();
        spooled += counts.onDisk().messages();
        kept += Counts.sum(counts.deadLettered().values()).messages();
        reasons.addAll(counts.deadLettered().keySet());
        dropped += Counts.sum(counts.dropped().values()).messages();
      }
    }
    if (held > 0 || dropped > 0) {
      LOG.error("lost: {} messages were not delivered, {} were dropped", held, dropped);
      return FAILED;
    }
    if (kept > 0) {
      LOG.warn(
          "{} could not be delivered ({}); see {}, and for what is corrupt the quarantine folders in"
              + " {}",
          kept == 1 ? "1 message" : kept + " messages",
          String.join(", ", reasons),
          agent.deadLetters().dir(),
          agent.spoolPath());
    }
    if (spooled > 0) {
      LOG.warn(
          "{} on disk, not delivered yet; the next agent for the same stream and of the same user"
              + " that uses {} delivers them",
          spooled == 1 ? "1 message lies" : spooled + " messages lie",
          agent.spoolPath());
    }
    return kept > 0 || spooled > 0 ? KEPT : OK;
  }
}
