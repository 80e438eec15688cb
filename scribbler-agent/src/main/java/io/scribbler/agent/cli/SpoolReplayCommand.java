package io.scribbler.agent.cli;

import io.scribbler.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scribbler spool replay}: delivers what was left, without an agent. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Delivers now what agents that ended have left in the spool for a stream.",
      "Stream, region and endpoint must be said as those agents had them. Folders that a running"
          + " agent owns are left to it."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all was delivered",
      "1:failed",
      "2:wrong usage or configuration",
      "75:something remains in the spool or the dead-letter file"
    })
final class SpoolReplayCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger("io.scribbler.agent");

  @Spec private CommandSpec spec;
  @Mixin private TargetOptions target = new TargetOptions();

  @Option(names = "--folder", paramLabel = "FOLDER", description = "Only this one, as ls names it.")
  private Optional<String> folder = Optional.empty();

  @Option(
      names = "--quarantined",
      description = "Also what can be read of segments that were put aside as damaged.")
  private boolean quarantined;

  @Override
  public Integer call() throws Exception {
    AgentConfig config = target.config(spec);
    Predicate<Path> which =
        path -> folder.map(name -> name.equals(path.getFileName().toString())).orElse(true);
    LeftFolders left = new LeftFolders(config);
    check(left, which);
    return Stopping.run(stopping -> replay(left, which, quarantined, stopping));
  }

  private void check(LeftFolders left, Predicate<Path> which) throws IOException {
    if (folder.isEmpty()) {
      return;
    }
    for (FolderList.Entry entry : left.look().entries()) {
      if (which.test(entry.folder().path())) {
        if (!entry.left()) {
          throw new ParameterException(
              spec.commandLine(), folder.get() + " is " + entry.state() + "; it can't be replayed");
        }
        if (!left.isFor(entry)) {
          throw new ParameterException(
              spec.commandLine(),
              folder.get()
                  + " is for "
                  + entry.destination()
                  + "; give that --stream, --region and --endpoint");
        }
        return;
      }
    }
    throw new ParameterException(
        spec.commandLine(), "no folder " + folder.get() + "; scribbler spool ls names them");
  }

  static int replay(LeftFolders left, Predicate<Path> which, boolean quarantined, Stopping stopping)
      throws IOException, InterruptedException {
    FolderList folders = left.look();
    if (quarantined) {
      left.takeOutOfQuarantine(folders, which);
      folders = left.look();
    }
    List<FolderList.Entry> found = left.deliverable(folders, which);
    int code = AgentRun.OK;
    if (found.isEmpty()) {
      LOG.info("nothing is left to deliver");
    } else {
      code = left.deliver(found, true, which, Optional.empty(), stopping);
    }
    for (FolderList.Entry entry : left.look().entries()) {
      if (entry.left() && entry.hasMessages() && which.test(entry.folder().path())) {
        boolean ours = left.isFor(entry);
        LOG.warn(
            "{} still holds {} messages for {}{}",
            entry.folder().path(),
            entry.contents().map(c -> "" + c.messages()).orElse("an unknown number of"),
            entry.destination(),
            ours ? "" : ", which is none of the streams given");
        code = ours && code == AgentRun.OK ? AgentRun.KEPT : code;
      }
    }
    return code;
  }
}
