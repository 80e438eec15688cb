package io.scribbler.agent.cli;

import io.scribbler.agent.Agent;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.metrics.Snapshot;
import io.scribbler.agent.spool.Destination;
import io.scribbler.agent.spool.SpoolFolders;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers what left folders hold for the streams of a configuration, by an agent of its own. */
final class LeftFolders {
  private static final Logger LOG = LoggerFactory.getLogger("io.scribbler.agent");

  private final AgentConfig config;
  private final List<Destination> destinations;

  LeftFolders(AgentConfig config) {
    this.config = config;
    destinations = config.streams().stream().map(Agent::destination).toList();
  }

  FolderList look() throws IOException {
    return FolderList.of(config.spool().path(), Clock.systemUTC());
  }

  Path deadLetters() {
    return config.spool().deadLetters();
  }

  boolean isFor(FolderList.Entry entry) {
    return destinations.stream().anyMatch(entry::isFor);
  }

  /** What can be delivered now, of those that the filter takes. */
  List<FolderList.Entry> deliverable(FolderList folders, Predicate<Path> which) {
    List<FolderList.Entry> found = new ArrayList<>();
    for (FolderList.Entry entry : folders.entries()) {
      boolean something = entry.hasMessages() || entry.folder().segments() > 0;
      if (entry.left() && isFor(entry) && something && which.test(entry.folder().path())) {
        found.add(entry);
      }
    }
    return found;
  }

  /** Puts what was quarantined back, so that it is tried again. */
  void takeOutOfQuarantine(FolderList folders, Predicate<Path> which) throws IOException {
    SpoolFolders spool = new SpoolFolders(config.spool().path());
    for (FolderList.Entry entry : folders.entries()) {
      if (entry.left() && isFor(entry) && which.test(entry.folder().path())) {
        int taken = spool.takeOutOfQuarantine(entry.folder());
        if (taken > 0) {
          LOG.info("{}: {} segments taken out of quarantine", entry.folder().path(), taken);
        }
      }
    }
  }

  /**
   * Delivers what it can: until nothing is left, or nothing leaves any more, or it is asked to end.
   *
   * @param found what there is to deliver, which is told
   * @param failFast whether trouble that an operator must mend ends it at once
   * @param time after which it ends at the latest
   * @return 0, 1, 2 or 75
   */
  int deliver(
      List<FolderList.Entry> found,
      boolean failFast,
      Predicate<Path> which,
      Optional<Duration> time,
      Stopping stopping)
      throws IOException, InterruptedException {
    Optional<String> tooSmall = HeapCheck.tooSmallFor(config.memoryBytes());
    if (tooSmall.isPresent()) {
      LOG.error("{}", tooSmall.get());
      return AgentRun.USAGE;
    }
    long messages = 0;
    long bytes = 0;
    for (FolderList.Entry entry : found) {
      messages += entry.contents().map(SpoolFolders.Contents::messages).orElse(0L);
      bytes += entry.folder().bytes();
    }
    LOG.info(
        "delivering {} messages, {} on disk, of {} folders",
        messages,
        Table.bytes(bytes),
        found.size());
    Agent agent = Agent.withoutSources(config, Version.number(), failFast, which);
    stopping.agent(agent);
    time.ifPresent(agent::endWithin);
    agent.start();
    Snapshot last = agent.stop();
    stopping.agent(null);
    if (agent.failure().isPresent()) {
      LOG.error("{}", agent.failure().get().text());
      return AgentRun.FAILED;
    }
    int code = AgentRun.result(agent, last);
    if (code == AgentRun.OK) {
      LOG.info("all of it is delivered");
    }
    return code;
  }
}
