package io.scribbler.agent.cli;

import io.scribbler.agent.Agent;
import io.scribbler.agent.aws.AwsSetupException;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.metrics.Counts;
import io.scribbler.agent.metrics.Snapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private final AtomicBoolean ending = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  AgentRun(AgentConfig config, boolean failFast) {
    this.config = config;
    this.failFast = failFast;
  }

  /** Runs until the input ends, a signal comes or it fails; returns the exit code. */
  int toEnd() throws InterruptedException {
    HeapCheck.warnIfSmall(config.memoryBytes(), LOG::warn);
    Thread.setDefaultUncaughtExceptionHandler(AgentRun::die);
    Agent agent;
    try {
      agent = new Agent(config, Version.number(), failFast);
    } catch (AwsSetupException | IOException e) {
      LOG.error("{}", e.getMessage());
      return USAGE;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stopBySignal(agent), "signal"));
    agent.start();
    Agent.End end = agent.await();
    if (!ending.compareAndSet(false, true)) {
      ended.await(); // the signal's thread ends the process
    }
    boolean failed = end instanceof Agent.End.Failed;
    Snapshot last = agent.stop(failed ? Optional.of(Duration.ZERO) : Optional.empty());
    int code = codeOf(end, agent, last);
    ended.countDown();
    return code;
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

  private void stopBySignal(Agent agent) {
    if (!ending.compareAndSet(false, true)) {
      return; // it ends by itself already, or has ended
    }
    try {
      LOG.info(
          "stopping; delivering what is held for up to {} s", config.shutdownTimeout().toSeconds());
      int code = result(agent, agent.stop(Optional.of(config.shutdownTimeout())));
      Runtime.getRuntime().halt(code);
    } catch (InterruptedException e) {
      Runtime.getRuntime().halt(FAILED);
    }
  }

  /** A thread that dies would leave a process that only looks alive. */
  private static void die(Thread thread, Throwable cause) {
    LOG.error("thread {} died; the process ends", thread.getName(), cause);
    Runtime.getRuntime().halt(FAILED);
  }

  private static int result(Agent agent, Snapshot snapshot) {
    long held = 0;
    long kept = 0;
    long dropped = 0;
    for (Map<String, Counts> topics : snapshot.streams().values()) {
      for (Counts counts : topics.values()) {
        held += counts.inMemory().messages();
        kept += Counts.sum(counts.deadLettered().values()).messages();
        dropped += Counts.sum(counts.dropped().values()).messages();
      }
    }
    if (held > 0 || dropped > 0) {
      LOG.error("lost: {} messages were not delivered in time, {} were dropped", held, dropped);
      return FAILED;
    }
    if (kept > 0) {
      LOG.warn("{} messages could not be delivered and are in {}", kept, agent.deadLetters().dir());
      return KEPT;
    }
    return OK;
  }
}
