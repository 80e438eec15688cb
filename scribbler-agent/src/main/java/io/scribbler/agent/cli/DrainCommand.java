package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.deadletter.LetterFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scribbler drain}: empties a host's spool before the host is retired. */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Empties the spool of a host before it is retired: delivers what agents have left there for"
          + " the streams given.",
      "With --wait also waits for agents that still run to end; it does not stop them."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing of this user is left in the spool, and no dead letter",
      "1:failed",
      "2:wrong usage or configuration",
      "75:something remains"
    })
final class DrainCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger("io.scribbler.agent");
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final long SAY_NANOS = Duration.ofSeconds(5).toNanos();

  @Spec private CommandSpec spec;
  @Mixin private TargetOptions target = new TargetOptions();

  @Option(
      names = "--wait",
      description = "Go on until all is delivered, also what running agents still hold.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "With --wait, how long (default: as long as it takes).")
  private Optional<Duration> timeout = Optional.empty();

  @Override
  public Integer call() throws Exception {
    AgentConfig config = target.config(spec);
    LeftFolders left = new LeftFolders(config);
    return Stopping.run(stopping -> drain(left, wait, timeout, stopping));
  }

  static int drain(LeftFolders left, boolean wait, Optional<Duration> timeout, Stopping stopping)
      throws IOException, InterruptedException {
    long started = System.nanoTime();
    long said = started - SAY_NANOS;
    int code = AgentRun.OK;
    boolean more = true;
    while (more) {
      List<FolderList.Entry> found = left.deliverable(left.look(), folder -> true);
      if (!found.isEmpty()) {
        Optional<Duration> time = timeout.map(t -> t.minusNanos(System.nanoTime() - started));
        int pass = left.deliver(found, !wait, folder -> true, time, stopping);
        code = pass == AgentRun.KEPT || code != AgentRun.OK ? code : pass;
      }
      FolderList folders = left.look();
      List<FolderList.Entry> live =
          folders.entries().stream().filter(e -> e.live() && e.hasMessages()).toList();
      boolean rest = !live.isEmpty() || !left.deliverable(folders, folder -> true).isEmpty();
      boolean late = timeout.map(t -> System.nanoTime() - started >= t.toNanos()).orElse(false);
      more = wait && rest && !late && !stopping.asked();
      if (more && System.nanoTime() - said >= SAY_NANOS) {
        said = System.nanoTime();
        live.forEach(DrainCommand::sayWaiting);
      }
      if (more) {
        stopping.await(LOOK);
      }
    }
    return ended(left, code);
  }

  private static void sayWaiting(FolderList.Entry live) {
    LOG.info(
        "waiting for {} ({}, {}): stop that process, or let it deliver",
        live.folder().path().getFileName(),
        live.state(),
        live.contents().map(c -> c.messages() + " messages").orElse("?"));
  }

  private static int ended(LeftFolders left, int failure) throws IOException {
    boolean remains = false;
    for (FolderList.Entry entry : left.look().entries()) {
      if (entry.unreadable()) {
        LOG.warn(
            "{} is another user's ({}) and was not looked at",
            entry.folder().path(),
            entry.folder().owner());
      } else if (entry.hasMessages()) {
        remains = true;
        LOG.warn(
            "{} still holds {} messages for {} ({})",
            entry.folder().path(),
            entry.contents().map(c -> "" + c.messages()).orElse("an unknown number of"),
            entry.destination(),
            entry.state());
      }
      if (entry.folder().quarantined() > 0) {
        LOG.warn(
            "{}: {} segments are in quarantine; look at them with scribbler spool verify",
            entry.folder().path(),
            entry.folder().quarantined());
      }
    }
    for (Path file : LetterFiles.in(left.deadLetters())) {
      remains = true;
      LOG.warn("{} holds dead letters; look at them, or scribbler spool redrive", file);
    }
    if (failure != AgentRun.OK) {
      return failure;
    }
    if (remains) {
      return AgentRun.KEPT;
    }
    LOG.info("nothing is left in the spool");
    return AgentRun.OK;
  }
}
