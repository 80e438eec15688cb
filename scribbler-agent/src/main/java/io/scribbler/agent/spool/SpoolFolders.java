package io.scribbler.agent.spool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The folders of a spool's root as an operator sees them. It only reads, except {@link
 * #takeOutOfQuarantine}, so it works beside agents: what they do meanwhile may or may not be seen,
 * and what they have deleted is not there. Memory is bounded by one record. One thread's.
 */
public final class SpoolFolders {
  private final SpoolRoot root;

  /** The folders below a directory, which need not be there. */
  public SpoolFolders(Path path) {
    root = new SpoolRoot(path);
  }

  /** Which segments of a folder are meant. */
  public enum Part {
    /** Those that are to be delivered. */
    SEGMENTS,
    /** Those that were put aside. */
    QUARANTINE
  }

  /** Is told what lies in a folder, in the order in which it lies there. */
  public interface Visitor {
    /** A segment's file is looked at now. */
    default void segment(Path path) {}

    /**
     * A record whose header is intact.
     *
     * @param length bytes of it on disk
     */
    default void record(ElementHeader header, boolean done, int length) {}

    /** Whether the record is to be read whole, told to {@link #data}. */
    default boolean wants(ElementHeader header, boolean done) {
      return false;
    }

    /** A record that was read and is what was written. */
    default void data(ElementHeader header, boolean done, byte[] data) {}

    /** Bytes of a segment that are not what was written. */
    default void damaged(Path segment, long from, long to, String what) {}

    /** A segment can't be read at all, or not to its end; the others are. */
    void failed(Path segment, IOException cause);

    /** Whether to go on. */
    default boolean more() {
      return true;
    }
  }

  /**
   * What of a folder is not done.
   *
   * @param messageBytes bytes of the messages themselves
   * @param oldestMillis when the oldest was accepted, since 1970; empty if there is none
   */
  public record Contents(
      long records, long messages, long messageBytes, Optional<Long> oldestMillis) {}

  /** All folders, by name. */
  public List<FolderSummary> list() throws IOException {
    return root.list().stream().map(FolderSummary::of).toList();
  }

  /** Counts what of a folder is not done; reads headers only. */
  public Contents contents(FolderSummary folder) throws IOException {
    Count count = new Count();
    visit(folder, Part.SEGMENTS, count);
    if (count.failure != null) {
      throw count.failure;
    }
    return count.contents();
  }

  /** Tells all that lies in a folder; nothing of one that this user may not read. */
  public void visit(FolderSummary folder, Part part, Visitor visitor) throws IOException {
    if (folder.state() == FolderSummary.State.UNREADABLE) {
      return;
    }
    Path dir =
        part == Part.SEGMENTS ? folder.path() : folder.path().resolve(SpoolFolder.QUARANTINE);
    boolean live = folder.state() == FolderSummary.State.LIVE;
    for (int number : numbers(dir)) {
      if (visitor.more()) {
        visit(dir.resolve("%08d.tape".formatted(number)), live, visitor);
      }
    }
  }

  private static List<Integer> numbers(Path dir) throws IOException {
    try {
      return Directories.isRealDirectory(dir) ? SpoolFolder.numbers(dir, "tape") : List.of();
    } catch (NoSuchFileException e) {
      return List.of(); // done and deleted meanwhile
    }
  }

  private static void visit(Path path, boolean live, Visitor visitor) {
    try (Segment segment = Segment.open(path)) {
      visitor.segment(path);
      segment.walk(new Walk(path, segment, live, visitor));
    } catch (NoSuchFileException e) {
      return; // done and deleted meanwhile
    } catch (Stopped e) {
      return;
    } catch (IOException e) {
      visitor.failed(path, e);
    } catch (UncheckedIOException e) {
      visitor.failed(path, e.getCause());
    }
  }

  /** The visitor has seen enough. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super(null, null, false, false);
    }
  }

  /** Tells the visitor what a walk finds, and reads what it wants. */
  private record Walk(Path path, Segment segment, boolean live, Visitor visitor)
      implements ElementVisitor {
    @Override
    public void element(Slot slot, ElementHeader header) {
      if (!visitor.more()) {
        throw new Stopped();
      }
      boolean done = segment.isDone(slot.index());
      visitor.record(header, done, slot.length());
      if (visitor.wants(header, done)) {
        read(slot, header, done);
      }
    }

    private void read(Slot slot, ElementHeader header, boolean done) {
      Element element;
      try {
        element = segment.read(slot.offset());
      } catch (CorruptElementException e) {
        visitor.damaged(path, slot.offset(), slot.end(), "a record's data");
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      visitor.data(header, done, element.data());
    }

    @Override
    public void damaged(long from, long to, String what) {
      // Beside a process that appends, the file's header is older than what lies behind it.
      if (!live || to > TapeHeader.SIZE) {
        visitor.damaged(path, from, to, what);
      }
    }
  }

  private static final class Count implements Visitor {
    private long records;
    private long messages;
    private long bytes;
    private long oldest = Long.MAX_VALUE;
    private IOException failure;

    @Override
    public void failed(Path segment, IOException cause) {
      failure = cause;
    }

    @Override
    public void record(ElementHeader header, boolean done, int length) {
      if (done) {
        return;
      }
      records++;
      oldest = Math.min(oldest, header.acceptedMillis());
      for (BlockHeader block : header.blocks()) {
        messages += block.count();
        bytes += block.dataBytes();
      }
    }

    Contents contents() {
      return new Contents(
          records, messages, bytes, records == 0 ? Optional.empty() : Optional.of(oldest));
    }
  }

  /**
   * Puts quarantined segments of a folder that nobody owns back among the others, so that the next
   * agent that adopts it tries them again.
   *
   * @return how many; 0 also when a process owns the folder, or it is another user's
   */
  public int takeOutOfQuarantine(FolderSummary folder) throws IOException {
    if (folder.card().isEmpty() || folder.quarantined() == 0) {
      return 0;
    }
    Optional<SpoolFolder> owned = root.adopt(folder.info(), folder.card().get().destination());
    if (owned.isEmpty()) {
      return 0;
    }
    try (SpoolFolder mine = owned.get()) {
      return takeOut(mine.path());
    }
  }

  private static int takeOut(Path folder) throws IOException {
    Path quarantine = folder.resolve(SpoolFolder.QUARANTINE);
    List<Integer> moved = new ArrayList<>();
    for (int number : SpoolFolder.numbers(quarantine, "tape")) {
      Path from = quarantine.resolve("%08d.tape".formatted(number));
      Path to = folder.resolve(from.getFileName());
      if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      // Marks first: without their segment they say nothing, a segment without them is sent again.
      if (Files.exists(Segment.sidecar(from), LinkOption.NOFOLLOW_LINKS)) {
        Files.move(Segment.sidecar(from), Segment.sidecar(to));
      }
      Files.move(from, to);
      moved.add(number);
    }
    Directories.sync(quarantine);
    Directories.sync(folder);
    return moved.size();
  }
}
