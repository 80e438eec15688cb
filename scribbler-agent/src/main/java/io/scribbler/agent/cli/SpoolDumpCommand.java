package io.scribbler.agent.cli;

import io.scribbler.agent.spool.BlockHeader;
import io.scribbler.agent.spool.ElementHeader;
import io.scribbler.agent.spool.FolderSummary;
import io.scribbler.agent.spool.SpoolFolders;
import io.scribbler.agent.spool.SpoolFolders.Part;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scribbler spool dump}: the messages themselves. */
@Command(
    name = "dump",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the messages that are spooled and not delivered, a JSON object a line, as firehose"
          + " decode does.",
      "What is damaged is told on standard error, the rest is printed, and the exit code is 1."
    })
final class SpoolDumpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SpoolPlace place = new SpoolPlace();

  @Parameters(
      arity = "0..*",
      paramLabel = "FOLDER",
      description = "Folders, as ls names them (default: all).")
  private List<String> names = new ArrayList<>();

  @Option(names = "--topic", paramLabel = "TOPIC", description = "Only messages of this topic.")
  private Optional<String> topic = Optional.empty();

  @Option(names = "--limit", paramLabel = "N", description = "At most so many messages.")
  private long limit = Long.MAX_VALUE;

  @Option(names = "--done", description = "Also what is delivered and still lies there.")
  private boolean done;

  @Override
  public Integer call() throws IOException {
    SpoolFolders folders = new SpoolFolders(place.path());
    List<FolderSummary> chosen = chosen(folders.list());
    try (JsonLines lines = JsonLines.toStandardOutput();
        RecordReader reader = new RecordReader()) {
      Printer printer = new Printer(lines, reader);
      for (FolderSummary folder : chosen) {
        folders.visit(folder, Part.SEGMENTS, printer);
      }
      return printer.wrong ? AgentRun.FAILED : AgentRun.OK;
    }
  }

  private List<FolderSummary> chosen(List<FolderSummary> all) {
    List<FolderSummary> chosen = new ArrayList<>();
    for (FolderSummary folder : all) {
      if (names.isEmpty() || names.remove(folder.path().getFileName().toString())) {
        chosen.add(folder);
      }
    }
    if (!names.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "no folder " + names.get(0) + "; scribbler spool ls names them");
    }
    return chosen;
  }

  private final class Printer implements SpoolFolders.Visitor {
    private final JsonLines lines;
    private final RecordReader reader;
    private long printed;
    private boolean wrong;
    private Path segment;

    Printer(JsonLines lines, RecordReader reader) {
      this.lines = lines;
      this.reader = reader;
    }

    @Override
    public void segment(Path path) {
      segment = path;
    }

    @Override
    public boolean wants(ElementHeader header, boolean isDone) {
      return (done || !isDone)
          && header.blocks().stream().map(BlockHeader::topic).anyMatch(this::of);
    }

    private boolean of(String name) {
      return topic.map(name::equals).orElse(true);
    }

    @Override
    public void data(ElementHeader header, boolean isDone, byte[] data) {
      String first = header.blocks().get(0).topic();
      try {
        reader.open(data, 0, data.length, new RecordContext(first, header.partitionKey(), 0));
        while (more() && reader.nextBlock()) {
          if (of(reader.block().topic())) {
            block();
          }
        }
      } catch (RecordFormatException e) {
        say(segment, "a record that can't be read: " + e.getMessage());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void block() throws IOException {
      while (more() && reader.nextMessage()) {
        lines.message(reader);
        printed++;
      }
    }

    @Override
    public void damaged(Path path, long from, long to, String what) {
      say(path, "damaged from byte " + from + " to " + to + ": " + what);
    }

    @Override
    public void failed(Path path, IOException cause) {
      say(path, "can't be read: " + cause.getMessage());
    }

    private void say(Path path, String what) {
      wrong = true;
      PrintWriter err = spec.commandLine().getErr();
      err.println(path + ": " + what);
      err.flush();
    }

    @Override
    public boolean more() {
      return printed < limit && !lines.closed();
    }
  }
}
