package io.scribbler.agent.cli;

import io.scribbler.agent.Agent;
import io.scribbler.agent.Resender;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.LetterFiles;
import io.scribbler.agent.deadletter.LetterReader;
import io.scribbler.agent.deadletter.LetterReader.Line;
import io.scribbler.agent.metrics.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the letters of files again, by an agent without sources. A file is put aside when all of it
 * that can be sent is delivered, or kept by the agent: in the spool, or as a new dead letter.
 */
final class Redrive {
  private static final Logger LOG = LoggerFactory.getLogger("io.scribbler.agent");

  private final AgentConfig config;
  private final boolean dryRun;

  Redrive(AgentConfig config, boolean dryRun) {
    this.config = config;
    this.dryRun = dryRun;
  }

  /** What is in a file. */
  private static final class Content {
    private long sendable;
    private long cut; // of too long messages, or records that can't be taken apart
    private long unreadable;
    private final Set<String> unknown = new TreeSet<>(); // streams that are not given

    boolean whole() {
      return cut == 0 && unreadable == 0;
    }

    @Override
    public String toString() {
      return sendable
          + " letters to send"
          + (cut > 0 ? ", " + cut + " that are not whole" : "")
          + (unreadable > 0 ? ", " + unreadable + " lines that are no letters" : "");
    }
  }

  /**
   * Sends them.
   *
   * @param files none: all of the spool's
   * @return 0, 1, 2 or 75
   */
  int run(List<Path> files, Stopping stopping) throws IOException, InterruptedException {
    Optional<LetterFiles> locked = LetterFiles.lock(config.spool().deadLetters());
    if (locked.isEmpty()) {
      LOG.error("another redrive is at work in {}; wait for it", config.spool().deadLetters());
      return AgentRun.FAILED;
    }
    try (LetterFiles letters = locked.get()) {
      List<Path> all = files.isEmpty() ? LetterFiles.in(config.spool().deadLetters()) : files;
      if (all.isEmpty()) {
        LOG.info("no dead letters in {}", config.spool().deadLetters());
        return AgentRun.OK;
      }
      if (dryRun) {
        return dryRun(all);
      }
      Optional<String> tooSmall = HeapCheck.tooSmallFor(config.memoryBytes());
      if (tooSmall.isPresent()) {
        LOG.error("{}", tooSmall.get());
        return AgentRun.USAGE;
      }
      Agent agent = Agent.withoutSources(config, Version.number(), true, folder -> false);
      stopping.agent(agent);
      agent.start();
      List<Path> sent = new ArrayList<>();
      boolean rest = false;
      Snapshot last;
      try {
        for (Path file : all) {
          rest |= !send(file, letters, agent.resender(), sent);
        }
      } finally {
        last = agent.stop();
        stopping.agent(null);
      }
      return finish(agent, last, letters, sent, rest);
    }
  }

  private int dryRun(List<Path> files) throws IOException {
    boolean all = true;
    for (Path file : files) {
      Content content = look(file);
      all &= say(file, content) && content.whole();
    }
    return all ? AgentRun.OK : AgentRun.KEPT;
  }

  /** Says what is in a file; whether it can be sent. */
  private static boolean say(Path file, Content content) {
    if (content.unknown.isEmpty()) {
      LOG.info("{}: {}", file, content);
      return true;
    }
    LOG.warn(
        "{}: has letters for {}; give a --config with all of its streams",
        file,
        String.join(", ", content.unknown));
    return false;
  }

  /** Gives a file's letters to the agent; false if some of it remains. */
  private boolean send(Path file, LetterFiles letters, Resender resender, List<Path> sent)
      throws IOException, InterruptedException {
    Content content = look(file);
    if (!say(file, content)) {
      return false;
    }
    Path claimed = letters.claim(file);
    try (LetterReader reader = new LetterReader(claimed)) {
      for (Line line = reader.next(); !(line instanceof Line.End); line = reader.next()) {
        if (line instanceof Line.Letter letter
            && Resender.sendable(letter.letter())
            && !(knows(letter.letter()) && resender.send(letter.letter()))) {
          LOG.warn("{}: not all of it could be sent; run redrive again for the rest", claimed);
          return false;
        }
      }
    }
    sent.add(claimed);
    return content.whole();
  }

  private Content look(Path file) throws IOException {
    Content content = new Content();
    try (LetterReader reader = new LetterReader(file)) {
      for (Line line = reader.next(); !(line instanceof Line.End); line = reader.next()) {
        if (line instanceof Line.Letter letter) {
          count(letter.letter(), content);
        } else {
          content.unreadable++;
        }
      }
    }
    return content;
  }

  private void count(DeadLetter letter, Content content) {
    if (!Resender.sendable(letter)) {
      content.cut++;
    } else if (knows(letter)) {
      content.sendable++;
    } else if (content.unknown.size() < 10) {
      content.unknown.add("stream " + letter.stream() + ", topic " + letter.topic());
    }
  }

  /** Whether all the streams that refused it are given, and take its topic. */
  private boolean knows(DeadLetter letter) {
    for (String name : letter.stream().split(",", -1)) {
      if (config.streams().stream()
          .noneMatch(s -> s.name().equals(name) && s.takes(letter.topic()))) {
        return false;
      }
    }
    return true;
  }

  private int finish(Agent agent, Snapshot last, LetterFiles letters, List<Path> sent, boolean rest)
      throws IOException {
    int code = AgentRun.result(agent, last);
    if (agent.failure().isPresent()) {
      LOG.error("{}", agent.failure().get().text());
      code = AgentRun.FAILED;
    }
    boolean kept = last.total().inMemory().messages() == 0 && last.total().dropped().isEmpty();
    for (Path file : sent) {
      if (kept) {
        LOG.info("{}: sent; it is {} now", file, letters.finish(file).getFileName());
      }
    }
    return code == AgentRun.OK && rest ? AgentRun.KEPT : code;
  }
}
