package io.scribbler.agent.spool;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * A spool in a directory that agents share: a folder of this life's own, made when the first record
 * comes, and the folders of lives before and of other dead agents with the same destination.
 */
public final class DiskSpool implements Spool {
  /** Segments of this size, so that little is kept of what is mostly done. */
  private static final long SEGMENT = 64L << 20;

  /** The most records that are known of at once; the rest is looked at when these are fewer. */
  private static final int MAX_KNOWN = 4_000_000;

  private static final long CLOSE_SECONDS = 10;

  private final Settings settings;
  private final Executor thread;
  private final Consumer<String> trouble;
  private final SpoolRoot root;
  private final SpoolSpace space;
  private final SpoolGauge gauge;

  // Owned by the spool's thread.
  private final Map<Integer, Held> held = new HashMap<>(); // by number of this life
  private final Set<Owned> adopted = new HashSet<>(); // and not left yet
  private final Queue<Runnable> walks = new ArrayDeque<>();
  private Finder finder;
  private boolean foundAll;
  private Owned own; // null until the first record
  private Held current; // what is appended to; null if nothing is
  private int lastNumber;
  private long used; // bytes of all segments
  private long known; // records that were found in segments that are not done

  /**
   * What it is.
   *
   * @param root the directory that agents share
   * @param producer the agent's name, and {@code epoch} its life
   * @param maxBytes how much its segments may hold together
   * @param minFree the share of the file system that is left free, 0 to 1
   * @param adopts which folders that others left it may take over
   */
  public record Settings(
      Path root,
      Destination destination,
      String producer,
      long epoch,
      long maxBytes,
      double minFree,
      Predicate<Path> adopts) {

    /** Takes over all that it can. */
    public Settings(
        Path root,
        Destination destination,
        String producer,
        long epoch,
        long maxBytes,
        double minFree) {
      this(root, destination, producer, epoch, maxBytes, minFree, folder -> true);
    }

    long segmentSize() {
      return Math.min(SEGMENT, maxBytes / 8);
    }
  }

  /** A folder that this process owns, and which of its segments are not done. */
  private static final class Owned {
    final SpoolFolder folder;
    final Set<Integer> numbers = new HashSet<>();
    int unwalked; // segments that were not looked at yet

    Owned(SpoolFolder folder) {
      this.folder = folder;
    }
  }

  /** A segment that this process owns. */
  private static final class Held {
    final int number;
    final Segment segment;
    final Owned in;
    int records; // appended in this life
    long bytes;
    boolean damaged;
    int found; // records, of a life before

    Held(int number, Segment segment, Owned in) {
      this.number = number;
      this.segment = segment;
      this.in = in;
    }
  }

  /**
   * A spool that does nothing yet.
   *
   * @param thread runs one task after the other, in the order of their coming
   * @param trouble is told, in a line, what an operator should know; at its own pace
   */
  public DiskSpool(
      Settings settings, Executor thread, LongSupplier nanoClock, Consumer<String> trouble) {
    this.settings = settings;
    this.thread = thread;
    this.trouble = trouble;
    root = new SpoolRoot(settings.root());
    space = new SpoolSpace(settings.root(), settings.maxBytes(), settings.minFree());
    gauge = new SpoolGauge(settings.maxBytes(), nanoClock);
  }

  /** Begins to look for what others left; it is told to the finder. */
  public void start(Finder to) {
    thread.execute(
        () -> {
          finder = to;
          adopt();
          walkNext();
        });
  }

  @Override
  public void look() {
    thread.execute(
        () -> {
          gauge.sample(used);
          if (walks.isEmpty() && foundAll) {
            adopt();
            walkNext();
          }
        });
  }

  @Override
  public void write(
      ElementHeader header, byte[] data, BooleanSupplier needed, Consumer<Written> told) {
    thread.execute(
        () -> told.accept(needed.getAsBoolean() ? write(header, data) : new Written.Unneeded()));
  }

  private Written write(ElementHeader header, byte[] data) {
    int size = ElementCodec.size(header, data.length);
    try {
      if (vanished()) {
        trouble.accept(
            root.path()
                + ": the spool's files were removed while they were in use; what was in them can"
                + " be delivered by this process only");
        closeCurrent();
        own = Directories.isRealDirectory(own.folder.path()) ? own : null;
      }
      if (own == null) {
        Directories.createAll(root.path());
      }
      SpoolSpace.Room room = space.room(used, size);
      if (room != SpoolSpace.Room.FREE) {
        gauge.refused(used, true);
        return new Written.NotStored(true, full(room));
      }
      if (current == null || !current.segment.fits(size)) {
        closeCurrent();
        openSegment(size);
      }
      Slot slot = current.segment.append(header, data);
      current.records++;
      account(current, slot.length());
      gauge.stored(used);
      return new Written.Stored(current.number, slot.index(), slot.offset(), slot.length());
    } catch (IOException e) {
      current = null; // it takes no more; what is in it stays
      gauge.refused(used, false);
      return new Written.NotStored(noSpace(e), root.path() + ": " + reason(e) + remedy(e));
    }
  }

  /** Whether someone has removed what is written to; then another folder is made. */
  private boolean vanished() throws IOException {
    return (current != null && current.segment.vanished())
        || (own != null && !Directories.isRealDirectory(own.folder.path()));
  }

  private String full(SpoolSpace.Room room) {
    return room == SpoolSpace.Room.FULL_MAX_SIZE
        ? "the spool in " + root.path() + " has reached spool.max-size; raise it, or mend delivery"
        : "the file system of " + root.path() + " has reached spool.min-free; free some of it";
  }

  private static boolean noSpace(IOException e) {
    String text = String.valueOf(e.getMessage());
    return text.contains("No space left") || text.contains("quota");
  }

  private static String remedy(IOException e) {
    return noSpace(e) ? "; free the disk" : "; mend the disk, or give another spool.path";
  }

  private static String reason(IOException e) {
    boolean bare = e instanceof FileSystemException f && f.getReason() == null;
    return e.getMessage() == null || bare
        ? e.getClass().getSimpleName() + " " + e.getMessage()
        : e.getMessage();
  }

  private void openSegment(int size) throws IOException {
    if (own == null) {
      own = new Owned(root.create(settings.destination(), settings.producer(), settings.epoch()));
    }
    Segment segment = own.folder.createSegment(settings.segmentSize(), size);
    current = hold(segment, own);
    account(current, segment.usedBytes());
  }

  private Held hold(Segment segment, Owned in) {
    Held made = new Held(++lastNumber, segment, in);
    held.put(made.number, made);
    in.numbers.add(made.number);
    return made;
  }

  private void account(Held segment, long bytes) {
    segment.bytes += bytes;
    used += bytes;
  }

  private void closeCurrent() throws IOException {
    if (current == null) {
      return;
    }
    Held closing = current;
    current = null;
    closing.segment.closeForAppend();
    if (closing.records == 0) {
      remove(closing);
    }
  }

  @Override
  public void read(int segment, int offset, Consumer<Read> told) {
    thread.execute(() -> told.accept(read(segment, offset)));
  }

  private Read read(int number, int offset) {
    Held from = held.get(number);
    if (from == null) {
      return new Read.Corrupt("segment " + number + " is not there any more");
    }
    try {
      Element element = from.segment.read(offset);
      return new Read.Loaded(element.header(), element.data());
    } catch (CorruptElementException e) {
      from.damaged = true;
      return new Read.Corrupt(from.segment.path() + ": " + e.getMessage());
    } catch (IOException e) {
      return new Read.Failed(from.segment.path() + ": " + reason(e) + "; mend the disk");
    }
  }

  @Override
  public void done(int segment, int index) {
    thread.execute(
        () -> {
          Held in = held.get(segment);
          if (in == null) {
            return;
          }
          try {
            in.segment.markDone(index);
          } catch (IOException e) {
            trouble.accept(
                in.segment.path()
                    + ": "
                    + reason(e)
                    + "; what is delivered can't be marked and may be sent again after a restart");
          }
        });
  }

  @Override
  public void settled(int segment) {
    thread.execute(
        () -> {
          Held done = held.get(segment);
          if (done != null) {
            remove(done);
          }
        });
  }

  private void remove(Held done) {
    held.remove(done.number);
    known -= done.found;
    done.in.numbers.remove(done.number);
    account(done, -done.bytes);
    gauge.sample(used);
    try {
      if (done.damaged) {
        done.segment.quarantine();
        done.segment.close();
        gauge.quarantined();
      } else {
        done.segment.delete();
      }
      if (done.in.numbers.isEmpty() && done.in.unwalked == 0 && done.in != own) {
        leave(done.in);
      }
    } catch (IOException e) {
      trouble.accept(done.segment.path() + ": not removed: " + reason(e));
    }
  }

  private void leave(Owned folder) throws IOException {
    adopted.remove(folder);
    if (!folder.folder.deleteIfEmpty()) {
      folder.folder.close();
    }
  }

  /** Takes over what is nobody's, and lines up its segments to be looked at. */
  private void adopt() {
    try {
      for (FolderInfo info : root.list()) {
        boolean ours =
            info.state() == FolderInfo.State.LEFT
                && info.card() != null
                && info.card().destination().equals(settings.destination())
                && (info.segments() > 0 || info.quarantined() == 0) // else it only keeps those
                && settings.adopts().test(info.path());
        if (ours && known < MAX_KNOWN) {
          adopt(info);
        }
      }
    } catch (IOException e) {
      trouble.accept(root.path() + ": " + reason(e) + "; can't look for what others left");
    }
  }

  private void adopt(FolderInfo info) {
    try {
      root.adopt(info, settings.destination()).ifPresent(this::adopted);
    } catch (IOException e) {
      trouble.accept(info.path() + ": " + reason(e) + "; it is left where it is");
    }
  }

  private void adopted(SpoolFolder folder) {
    Owned in = new Owned(folder);
    adopted.add(in);
    try {
      for (int number : folder.numbers()) {
        in.unwalked++;
        walks.add(() -> walk(in, number));
      }
      walks.add(() -> leaveIfEmpty(in));
    } catch (IOException e) {
      trouble.accept(folder.path() + ": " + reason(e));
    }
  }

  private void leaveIfEmpty(Owned in) {
    try {
      if (in.numbers.isEmpty()) {
        leave(in);
      }
    } catch (IOException e) {
      trouble.accept(in.folder.path() + ": " + reason(e));
    }
  }

  /** One segment at a time, so that what is asked meanwhile does not wait for all. */
  private void walkNext() {
    Runnable walk = walks.poll();
    if (walk != null) {
      walk.run();
      thread.execute(this::walkNext);
    } else if (!foundAll) {
      foundAll = true;
      finder.foundAll();
    }
  }

  private void walk(Owned in, int fileNumber) {
    in.unwalked--;
    try {
      Segment segment = in.folder.openSegment(fileNumber);
      Held found = hold(segment, in);
      Walk walk = new Walk(segment);
      segment.walk(walk);
      account(found, segment.usedBytes());
      found.found = walk.records.size();
      known += found.found;
      if (walk.damaged > 0) {
        found.damaged = true;
        trouble.accept(
            segment.path()
                + ": "
                + walk.what
                + "; what can be read of it is delivered, then it is kept in quarantine");
      }
      finder.found(found.number, walk.records, walk.damaged);
    } catch (IOException e) {
      trouble.accept(in.folder.path() + ", segment " + fileNumber + ": " + reason(e));
    }
  }

  private static final class Walk implements ElementVisitor {
    final List<Found> records = new ArrayList<>();
    long damaged;
    String what = "";
    private final Segment segment;

    Walk(Segment segment) {
      this.segment = segment;
    }

    @Override
    public void element(Slot slot, ElementHeader header) {
      if (!segment.isDone(slot.index())) {
        records.add(new Found(slot.index(), slot.offset(), slot.length(), header));
      }
    }

    @Override
    public void damaged(long from, long to, String why) {
      damaged += to - from;
      what = "damaged from byte " + from + " to " + to + " (" + why + ")";
    }
  }

  @Override
  public SpoolGauge gauge() {
    return gauge;
  }

  @Override
  public void close() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    thread.execute(
        () -> {
          closeAll();
          closed.countDown();
        });
    if (!closed.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
      trouble.accept(root.path() + ": the disk does not answer; the spool is left as it is");
    }
  }

  private void closeAll() {
    walks.clear();
    for (Held each : List.copyOf(held.values())) {
      if (each.records > 0 && each.segment.doneCount() == each.records && !each.damaged) {
        remove(each);
      }
    }
    letGoOfFiles();
  }

  /** Closes all files as they are, and gives up what is owned. */
  void letGoOfFiles() {
    Set<Owned> folders = new HashSet<>(adopted);
    if (own != null) {
      folders.add(own);
    }
    for (Held each : held.values()) {
      close(each.segment);
    }
    for (Owned folder : folders) {
      letGo(folder);
    }
  }

  private void letGo(Owned in) {
    try {
      if (in.numbers.isEmpty()) {
        leave(in);
      } else {
        in.folder.close();
      }
    } catch (IOException e) {
      trouble.accept(in.folder.path() + ": " + reason(e));
    }
  }

  private void close(Segment segment) {
    try {
      segment.close();
    } catch (IOException e) {
      trouble.accept(segment.path() + ": not closed: " + reason(e));
    }
  }
}
