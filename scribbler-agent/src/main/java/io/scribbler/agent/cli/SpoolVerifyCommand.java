package io.scribbler.agent.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.agent.spool.ElementHeader;
import io.scribbler.agent.spool.FolderSummary;
import io.scribbler.agent.spool.SpoolFolders;
import io.scribbler.agent.spool.SpoolFolders.Part;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scribbler spool verify}: reads everything and compares it with its checksums. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Reads all that is spooled, compares it with its checksums, and lists what is damaged.",
      "Quarantined segments are told separately: their damage is known. Works beside running"
          + " agents, and takes the disk's whole speed."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all is as it was written", "1:something is damaged, or can't be read"})
final class SpoolVerifyCommand implements Callable<Integer> {
  private static final long PROGRESS_NANOS = Duration.ofSeconds(5).toNanos();

  /** Lines about one segment; one that is broken all over must not fill the terminal. */
  private static final int MAX_LINES = 20;

  @Spec private CommandSpec spec;
  @Mixin private SpoolPlace place = new SpoolPlace();

  @Option(names = "--json", description = "Print JSON objects, a line each, instead.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    SpoolFolders folders = new SpoolFolders(place.path());
    try (JsonLines lines = json ? JsonLines.toStandardOutput() : null) {
      Check segments = new Check(false, lines);
      Check quarantine = new Check(true, lines);
      int unreadable = 0;
      for (FolderSummary folder : folders.list()) {
        unreadable += folder.state() == FolderSummary.State.UNREADABLE ? 1 : 0;
        folders.visit(folder, Part.SEGMENTS, segments);
        folders.visit(folder, Part.QUARANTINE, quarantine);
      }
      segments.endSegment();
      quarantine.endSegment();
      summary(lines, segments, quarantine, unreadable);
      return segments.damages == 0 ? AgentRun.OK : AgentRun.FAILED;
    }
  }

  private void summary(JsonLines lines, Check segments, Check quarantine, int unreadable)
      throws IOException {
    if (lines != null) {
      JsonGenerator to = lines.json();
      to.writeStartObject();
      to.writeNumberField("segments", segments.segments);
      to.writeNumberField("records", segments.records);
      to.writeNumberField("bytes", segments.bytes);
      to.writeNumberField("damages", segments.damages);
      to.writeNumberField("quarantined_segments", quarantine.segments);
      to.writeNumberField("quarantined_records_to_deliver", quarantine.readable);
      to.writeNumberField("unreadable_folders", unreadable);
      to.writeEndObject();
      lines.endLine();
      return;
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%d segments, %d records, %s: %s%n",
        segments.segments,
        segments.records,
        Table.bytes(segments.bytes),
        segments.damages == 0 ? "all intact" : segments.damages + " damages");
    if (quarantine.segments > 0) {
      out.printf(
          "quarantine: %d segments, %d intact records that are not delivered; scribbler spool replay"
              + " --quarantined delivers them%n",
          quarantine.segments, quarantine.readable);
    }
    if (unreadable > 0) {
      out.println(unreadable + " folders of other users were not looked at");
    }
    out.flush();
  }

  private final class Check implements SpoolFolders.Visitor {
    private final boolean quarantined;
    private final JsonLines lines; // null for people
    private int segments;
    private long records;
    private long readable; // and not done
    private long bytes;
    private long damages;
    private int ofSegment; // damages
    private Path segment;
    private long saidNanos = System.nanoTime();

    Check(boolean quarantined, JsonLines lines) {
      this.quarantined = quarantined;
      this.lines = lines;
    }

    @Override
    public void segment(Path path) {
      endSegment();
      segment = path;
      segments++;
    }

    void endSegment() {
      if (ofSegment > MAX_LINES && lines == null) {
        spec.commandLine().getOut().println(segment + ": " + (ofSegment - MAX_LINES) + " more");
      }
      ofSegment = 0;
    }

    @Override
    public void record(ElementHeader header, boolean done, int length) {
      records++;
      bytes += length;
      if (System.nanoTime() - saidNanos > PROGRESS_NANOS) {
        saidNanos = System.nanoTime();
        PrintWriter err = spec.commandLine().getErr();
        err.println("verified " + records + " records, " + Table.bytes(bytes));
        err.flush();
      }
    }

    @Override
    public boolean wants(ElementHeader header, boolean done) {
      return true;
    }

    @Override
    public void data(ElementHeader header, boolean done, byte[] data) {
      readable += done ? 0 : 1;
    }

    @Override
    public void damaged(Path path, long from, long to, String what) {
      tell(path, from, to, what);
    }

    @Override
    public void failed(Path path, IOException cause) {
      tell(path, 0, 0, "can't be read: " + cause.getMessage());
    }

    private void tell(Path path, long from, long to, String what) {
      damages++;
      ofSegment++;
      if (ofSegment > MAX_LINES) {
        return;
      }
      if (lines == null) {
        PrintWriter out = spec.commandLine().getOut();
        String where = to > from ? ": bytes " + from + " to " + to + ": " : ": ";
        out.println((quarantined ? "quarantined " : "damaged ") + path + where + what);
        out.flush();
        return;
      }
      try {
        JsonGenerator to1 = lines.json();
        to1.writeStartObject();
        to1.writeStringField("segment", path.toString());
        to1.writeBooleanField("quarantined", quarantined);
        to1.writeNumberField("from", from);
        to1.writeNumberField("to", to);
        to1.writeStringField("what", what);
        to1.writeEndObject();
        lines.endLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
