package io.scribbler.agent.spool;

import com.squareup.tape2.QueueFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;

/**
 * One file of elements, a Tape queue of fixed size that is only appended to: it has its full length
 * from the beginning (sparse), so that Tape never grows nor wraps it, and nothing is removed from
 * it. It is written through Tape alone and read without it. Only the process that made it appends;
 * one that is opened again is read, marked and deleted. Owned by one thread.
 */
final class Segment implements Closeable {
  /** The largest file, so that an offset is an int. */
  static final long MAX_SIZE = 1L << 30;

  /** Makes the queue of a new file, so that tests can break its disk. */
  interface QueueOpener {
    QueueFile open(Path path) throws IOException;
  }

  static final QueueOpener TAPE = path -> new QueueFile.Builder(path.toFile()).zero(false).build();

  private static final int SMALLEST_ELEMENT = Integer.BYTES + ElementPrefix.SIZE;

  // Owned by the thread that owns the segment.
  private Path path;
  private final SegmentReader reader;
  private final DoneMarks marks;
  private final Object fileKey;
  private final long size;
  private final ElementCodec codec;
  private QueueFile queue; // null when nothing more is appended
  private long end;
  private int nextIndex;

  private Segment(
      Path path, SegmentReader reader, DoneMarks marks, ElementCodec codec, QueueFile queue)
      throws IOException {
    this.path = path;
    this.reader = reader;
    this.marks = marks;
    this.codec = codec;
    this.queue = queue;
    this.size = reader.size();
    this.fileKey = key(path);
  }

  /**
   * Makes a segment.
   *
   * @param path of a file that isn't there
   * @param size bytes of the file, more than {@value TapeHeader#SIZE} and at most {@link #MAX_SIZE}
   * @param codec may be shared by segments of the same thread
   */
  static Segment create(Path path, long size, ElementCodec codec, QueueOpener opener)
      throws IOException {
    if (size <= TapeHeader.SIZE || size > MAX_SIZE) {
      throw new IllegalArgumentException("a segment of " + size + " bytes");
    }
    DoneMarks marks = DoneMarks.create(sidecar(path), elements(size));
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(path + " exists already");
    }
    Path unfinished = unfinished(path);
    try {
      // Under its own name a file has its header, whenever a crash comes.
      writeEmpty(unfinished, size);
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
      Directories.sync(path.toAbsolutePath().getParent());
      return openNew(path, marks, codec, opener);
    } catch (IOException | RuntimeException e) {
      deleteAfter(e, unfinished);
      deleteAfter(e, path);
      throw e;
    }
  }

  private static Segment openNew(Path path, DoneMarks marks, ElementCodec codec, QueueOpener opener)
      throws IOException {
    SegmentReader reader = new SegmentReader(path);
    try {
      Segment segment = new Segment(path, reader, marks, codec, opener.open(path));
      segment.end = TapeHeader.SIZE;
      return segment;
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  /** A disk that is full for a day must not gather what was begun. */
  private static void deleteAfter(Exception cause, Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static void writeEmpty(Path path, long size) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            Directories.FILE_MODE)) {
      file.write(ByteBuffer.allocate(1), size - 1);
      file.write(TapeHeader.empty(size), 0);
      file.force(true);
    }
  }

  /** Opens a segment to be read, marked and deleted; nothing can be appended. */
  static Segment open(Path path) throws IOException {
    SegmentReader reader = new SegmentReader(path);
    try {
      DoneMarks marks = DoneMarks.open(sidecar(path), elements(reader.size()));
      Segment segment = new Segment(path, reader, marks, new ElementCodec(), null);
      segment.end = usedBytes(reader);
      return segment;
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  static Path sidecar(Path segment) {
    return segment.resolveSibling(withoutSuffix(segment) + ".done");
  }

  static Path unfinished(Path segment) {
    return segment.resolveSibling(withoutSuffix(segment) + ".new");
  }

  private static String withoutSuffix(Path segment) {
    String name = segment.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }

  private static int elements(long size) {
    return (int) Math.min(Integer.MAX_VALUE - 1, size / SMALLEST_ELEMENT);
  }

  Path path() {
    return path;
  }

  /** Whether an element that takes so many bytes, by {@link ElementCodec#size}, can be appended. */
  boolean fits(int elementSize) {
    return queue != null && elementSize <= remaining();
  }

  /**
   * Appends an element, and returns when it is on the disk.
   *
   * @throws IOException if it may not be on the disk. It does not exist then, and nothing more can
   *     be appended; should it have reached the disk all the same, it is marked done as far as the
   *     disk allows
   * @throws IllegalArgumentException if it doesn't fit
   */
  Slot append(ElementHeader header, byte[] data) throws IOException {
    int elementSize = ElementCodec.size(header, data.length);
    if (!fits(elementSize)) {
      throw new IllegalArgumentException(elementSize + " bytes don't fit into " + path);
    }
    int length = codec.encode(header, data, nextIndex, (int) end);
    try {
      queue.add(codec.buffer(), 0, length);
    } catch (Throwable e) {
      abandon(e);
      throw e;
    }
    Slot slot = new Slot(nextIndex, (int) end, elementSize, data.length);
    nextIndex++;
    end = slot.end();
    return slot;
  }

  private void abandon(Throwable cause) {
    try {
      closeForAppend();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    try {
      marks.mark(nextIndex);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Nothing more is appended; what is in it can still be read and marked. */
  void closeForAppend() throws IOException {
    QueueFile closing = queue;
    queue = null;
    if (closing != null) {
      closing.close();
    }
  }

  /** Tells all elements and all damage, in bounded memory; {@link SegmentWalk} says how. */
  void walk(ElementVisitor visitor) throws IOException {
    new SegmentWalk(reader, visitor).run();
  }

  /**
   * Reads an element.
   *
   * @param offset as its slot says
   * @throws CorruptElementException if it is not what was written
   */
  Element read(int offset) throws IOException {
    return reader.read(offset);
  }

  /**
   * Marks an element as done, for this process also when this throws.
   *
   * @throws IOException if it could not be written
   */
  void markDone(int index) throws IOException {
    marks.mark(index);
  }

  boolean isDone(int index) {
    return marks.isDone(index);
  }

  int doneCount() {
    return marks.count();
  }

  /** Bytes on the disk, the marks included; of an opened segment as far as Tape's header tells. */
  long usedBytes() {
    return end + marks.bytes();
  }

  /** Bytes of a file's elements as far as Tape's header tells, else of the whole file. */
  static long usedBytes(SegmentReader reader) throws IOException {
    TapeHeader tape = reader.tapeHeader();
    if (tape == null) {
      return reader.size();
    }
    if (tape.count() == 0) {
      return TapeHeader.SIZE;
    }
    SegmentReader.Found last = reader.find(tape.last());
    return last == null ? reader.size() : last.slot().end();
  }

  /** Bytes that can still be appended, if nothing failed before. */
  long remaining() {
    return size - end;
  }

  /** Whether the path no longer leads to this file. What is in it can still be read. */
  boolean vanished() throws IOException {
    try {
      return !Objects.equals(fileKey, key(path));
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** Closes and deletes it; another file that has taken its place stays. */
  void delete() throws IOException {
    close();
    if (vanished()) {
      return;
    }
    // In this order: marks without a segment say nothing, a segment without marks is sent again.
    Files.deleteIfExists(path);
    marks.delete();
  }

  /** Moves it into the folder's {@code quarantine}. It stays open. */
  void quarantine() throws IOException {
    closeForAppend();
    Path folder = path.toAbsolutePath().getParent();
    Path quarantine = folder.resolve(SpoolFolder.QUARANTINE);
    if (!Directories.isRealDirectory(quarantine)) {
      Directories.create(quarantine);
    }
    Path target = quarantine.resolve(path.getFileName());
    Files.move(path, target);
    path = target;
    marks.moveTo(sidecar(target));
    Directories.sync(quarantine);
    Directories.sync(folder);
  }

  @Override
  public void close() throws IOException {
    try (reader;
        marks) {
      closeForAppend();
    }
  }
}
