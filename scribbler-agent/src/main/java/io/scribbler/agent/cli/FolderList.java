package io.scribbler.agent.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.agent.spool.Destination;
import io.scribbler.agent.spool.FolderSummary;
import io.scribbler.agent.spool.SpoolFolders;
import io.scribbler.agent.spool.SpoolFolders.Contents;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The folders of a spool and what is in them, at one moment. */
final class FolderList {
  private final List<Entry> entries;
  private final InstantSource clock;

  private FolderList(List<Entry> entries, InstantSource clock) {
    this.entries = entries;
    this.clock = clock;
  }

  /**
   * A folder.
   *
   * @param contents what is not done of it; empty when that can't be read
   * @param trouble why, one line; "" when it can, or another user owns the folder
   */
  record Entry(FolderSummary folder, Optional<Contents> contents, String trouble) {
    boolean live() {
      return folder.state() == FolderSummary.State.LIVE;
    }

    boolean left() {
      return folder.state() == FolderSummary.State.LEFT;
    }

    boolean unreadable() {
      return folder.state() == FolderSummary.State.UNREADABLE;
    }

    boolean isFor(Destination destination) {
      return folder.card().map(card -> card.destination().equals(destination)).orElse(false);
    }

    /** Whether anything in it has to be delivered, as far as that is known. */
    boolean hasMessages() {
      return contents.map(c -> c.records() > 0).orElse(true);
    }

    String destination() {
      return folder.card().map(card -> card.destination().toString()).orElse("?");
    }

    /** Whether a process owns it, and which made it. */
    String state() {
      return switch (folder.state()) {
        case LIVE -> "live, pid " + folder.card().map(card -> "" + card.pid()).orElse("?");
        case LEFT -> "left";
        case UNREADABLE -> "of user " + folder.owner();
      };
    }
  }

  static FolderList of(Path root, InstantSource clock) throws IOException {
    SpoolFolders folders = new SpoolFolders(root);
    List<Entry> entries = new ArrayList<>();
    for (FolderSummary folder : folders.list()) {
      entry(folders, folder).ifPresent(entries::add);
    }
    return new FolderList(entries, clock);
  }

  private static Optional<Entry> entry(SpoolFolders folders, FolderSummary folder) {
    if (folder.state() == FolderSummary.State.UNREADABLE) {
      return Optional.of(new Entry(folder, Optional.empty(), ""));
    }
    try {
      return Optional.of(new Entry(folder, Optional.of(folders.contents(folder)), ""));
    } catch (NoSuchFileException e) {
      return Optional.empty(); // its owner has just deleted it
    } catch (IOException e) {
      return Optional.of(new Entry(folder, Optional.empty(), String.valueOf(e.getMessage())));
    }
  }

  List<Entry> entries() {
    return entries;
  }

  void print(PrintWriter out) {
    Table table =
        new Table(
            "STREAM",
            "STATE",
            "SEGMENTS",
            "RECORDS",
            "MESSAGES",
            "SIZE",
            "OLDEST",
            "QUARANTINED",
            "FOLDER");
    for (Entry entry : entries) {
      boolean known = !entry.unreadable();
      FolderSummary folder = entry.folder();
      Optional<Contents> contents = entry.contents();
      table.row(
          entry.destination(),
          entry.state(),
          known ? "" + folder.segments() : "?",
          contents.map(c -> "" + c.records()).orElse("?"),
          contents.map(c -> "" + c.messages()).orElse("?"),
          known ? Table.bytes(folder.bytes()) : "?",
          contents.map(c -> c.oldestMillis().map(this::age).orElse("-")).orElse("?"),
          known ? "" + folder.quarantined() : "?",
          folder.path().getFileName().toString());
    }
    table.print(out);
    for (Entry entry : entries) {
      if (!entry.trouble().isEmpty()) {
        out.println(entry.folder().path() + ": " + entry.trouble());
      }
    }
    out.flush();
  }

  private String age(long acceptedMillis) {
    return Table.age(Math.max(0, clock.millis() - acceptedMillis) / 1e3);
  }

  /** One object. */
  void writeJson(Entry entry, JsonGenerator json) throws IOException {
    FolderSummary folder = entry.folder();
    json.writeStartObject();
    json.writeStringField("folder", folder.path().toString());
    json.writeStringField("owner", folder.owner());
    json.writeStringField("state", folder.state().name().toLowerCase(Locale.ROOT));
    if (folder.card().isPresent()) {
      FolderSummary.Card card = folder.card().get();
      json.writeStringField("stream", card.destination().stream());
      json.writeStringField("region", card.destination().region());
      json.writeStringField("endpoint", card.destination().endpoint());
      json.writeStringField("producer", card.producer());
      json.writeStringField("epoch", Long.toUnsignedString(card.epoch()));
      json.writeNumberField("pid", card.pid());
    }
    if (!entry.unreadable()) {
      json.writeNumberField("segments", folder.segments());
      json.writeNumberField("bytes", folder.bytes());
      json.writeNumberField("quarantined_segments", folder.quarantined());
    }
    if (entry.contents().isPresent()) {
      Contents contents = entry.contents().get();
      json.writeNumberField("records", contents.records());
      json.writeNumberField("messages", contents.messages());
      json.writeNumberField("message_bytes", contents.messageBytes());
      if (contents.oldestMillis().isPresent()) {
        json.writeNumberField("oldest_millis", contents.oldestMillis().get());
      }
    }
    if (!entry.trouble().isEmpty()) {
      json.writeStringField("trouble", entry.trouble());
    }
    json.writeEndObject();
  }
}
