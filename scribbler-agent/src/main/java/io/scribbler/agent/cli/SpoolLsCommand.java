package io.scribbler.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scribbler spool ls}: the folders, and what is in them. */
@Command(
    name = "ls",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the spool's folders: one for each life of an agent and each stream, with what in it is"
          + " not delivered.",
      "Works beside running agents."
    })
final class SpoolLsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SpoolPlace place = new SpoolPlace();

  @Option(names = "--json", description = "Print a JSON object a line instead.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path root = place.path();
    FolderList folders = FolderList.of(root, Clock.systemUTC());
    if (json) {
      try (JsonLines lines = JsonLines.toStandardOutput()) {
        for (FolderList.Entry entry : folders.entries()) {
          folders.writeJson(entry, lines.json());
          lines.endLine();
        }
      }
      return AgentRun.OK;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (folders.entries().isEmpty()) {
      out.println("nothing is spooled in " + root);
      out.flush();
    } else {
      folders.print(out);
    }
    return AgentRun.OK;
  }
}
