package io.scribbler.agent.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What one life of an agent has spooled for one destination, and this process owns:
 *
 * <pre>
 * lock            held while it is owned
 * destination     {@link FolderCard}
 * 00000001.tape   segments, numbered; a number is never used twice
 * 00000001.done   what of it is done
 * quarantine/     damaged segments
 * </pre>
 *
 * <p>Files of other names are left alone. Owned by one thread.
 */
final class SpoolFolder implements Closeable {
  static final String LOCK = "lock";
  static final String CARD = "destination";
  static final String QUARANTINE = "quarantine";

  private static final Pattern NAME = Pattern.compile("(\\d{8})\\.(tape|done|new)");
  private static final int MAX_NUMBER = 99_999_999;

  private final Path path;
  private final FolderCard card;
  private final FolderLock lock;
  private final ElementCodec codec = new ElementCodec();

  // Owned by the thread that owns the folder.
  private int lastNumber;

  /** A folder whose lock is held; what a crash left unfinished in it is deleted. */
  SpoolFolder(Path path, FolderCard card, FolderLock lock) throws IOException {
    this.path = path;
    this.card = card;
    this.lock = lock;
    sweep();
    lastNumber = highestNumber();
  }

  Path path() {
    return path;
  }

  FolderCard card() {
    return card;
  }

  /** The numbers of its segments, from the oldest. */
  List<Integer> numbers() throws IOException {
    return numbers(path, "tape");
  }

  /**
   * Makes a segment to append to.
   *
   * @param size bytes of the file; it is larger when {@code elementSize} demands it
   * @param elementSize of the element that must fit, by {@link ElementCodec#size}
   */
  Segment createSegment(long size, int elementSize) throws IOException {
    return createSegment(size, elementSize, Segment.TAPE);
  }

  Segment createSegment(long size, int elementSize, Segment.QueueOpener opener) throws IOException {
    if (lastNumber == MAX_NUMBER) {
      throw new IOException(path + " has used up its file names");
    }
    lastNumber++;
    long enough = Math.max(size, (long) TapeHeader.SIZE + elementSize);
    return Segment.create(file(lastNumber), enough, codec, opener);
  }

  /** Opens a segment to be read, marked and deleted. */
  Segment openSegment(int number) throws IOException {
    return Segment.open(file(number));
  }

  private Path file(int number) {
    return path.resolve("%08d.tape".formatted(number));
  }

  /**
   * Deletes the folder and gives up its lock when there is no segment in it, no quarantine and
   * nothing that it didn't make.
   *
   * @return whether it is gone
   */
  boolean deleteIfEmpty() throws IOException {
    sweep();
    Path quarantine = path.resolve(QUARANTINE);
    for (Path each : list(path)) {
      String name = each.getFileName().toString();
      boolean ours = name.equals(LOCK) || name.equals(CARD);
      boolean nothing = name.equals(QUARANTINE) && isEmptyDirectory(quarantine);
      if (!ours && !nothing) {
        return false;
      }
    }
    Files.deleteIfExists(quarantine);
    // Without its card the folder is nobody's, so what a crash leaves here is no backlog.
    Files.deleteIfExists(path.resolve(CARD));
    Files.deleteIfExists(path.resolve(LOCK));
    Files.deleteIfExists(path);
    close();
    return true;
  }

  /** Deletes segments that were never finished, and marks of segments that are gone. */
  private void sweep() throws IOException {
    for (int number : numbers(path, "new")) {
      Files.delete(Segment.unfinished(file(number)));
    }
    List<Integer> marks = new ArrayList<>(numbers(path, "done"));
    marks.removeAll(numbers());
    for (int number : marks) {
      Files.delete(Segment.sidecar(file(number)));
    }
  }

  private int highestNumber() throws IOException {
    List<Integer> all = new ArrayList<>(numbers());
    Path quarantine = path.resolve(QUARANTINE);
    if (Directories.isRealDirectory(quarantine)) {
      all.addAll(numbers(quarantine, "tape"));
    }
    return all.isEmpty() ? 0 : Collections.max(all);
  }

  /** The numbers of a directory's files with this suffix, in order. */
  static List<Integer> numbers(Path dir, String suffix) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (Path each : list(dir)) {
      var name = NAME.matcher(each.getFileName().toString());
      if (name.matches() && name.group(2).equals(suffix)) {
        numbers.add(Integer.valueOf(name.group(1)));
      }
    }
    Collections.sort(numbers);
    return numbers;
  }

  private static boolean isEmptyDirectory(Path dir) throws IOException {
    return Directories.isRealDirectory(dir) && list(dir).isEmpty();
  }

  private static List<Path> list(Path dir) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      List<Path> all = new ArrayList<>();
      files.forEach(all::add);
      return all;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Gives up the lock; another process can then adopt the folder. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
