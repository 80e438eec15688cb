package io.scribbler.agent.spool;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The directory that the agents of a host share, with a folder for each life of an agent and
 * destination. Thread-safe; several processes may use it at once.
 */
final class SpoolRoot {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_-]{1,80}\\.[A-Za-z0-9_-]{1,64}\\.[0-9]{1,20}");

  private final Path path;

  /**
   * A root.
   *
   * @param path made when the first folder is
   */
  SpoolRoot(Path path) {
    this.path = path.toAbsolutePath().normalize();
  }

  Path path() {
    return path;
  }

  /**
   * Makes the folder of this life and owns it.
   *
   * @param epoch an unsigned number
   * @throws IOException if it can't be made, or is there already
   */
  SpoolFolder create(Destination destination, String producer, long epoch) throws IOException {
    Directories.createAll(path);
    Path folder =
        path.resolve(
            destination.folderPrefix()
                + "."
                + Destination.safe(producer)
                + "."
                + Long.toUnsignedString(epoch));
    FolderCard card =
        new FolderCard(destination, producer, epoch, me().getName(), ProcessHandle.current().pid());
    Directories.create(folder);
    FolderLock lock = FolderLock.create(folder.resolve(SpoolFolder.LOCK));
    try {
      // Only now can others see that it is a folder of a spool; it is locked by then.
      card.write(folder.resolve(SpoolFolder.CARD));
      Directories.sync(folder);
      return new SpoolFolder(folder, card, lock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** All folders, also those that others own, by name. Folders that were never finished aren't. */
  List<FolderInfo> list() throws IOException {
    List<FolderInfo> folders = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(path)) {
      for (Path folder : all) {
        if (isFolder(folder)) {
          lookOrSay(folder).ifPresent(folders::add);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of(); // nothing was ever spooled
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    folders.sort(Comparator.comparing(FolderInfo::path));
    return folders;
  }

  private static boolean isFolder(Path path) {
    return NAME.matcher(path.getFileName().toString()).matches()
        && Directories.isRealDirectory(path);
  }

  /** One folder that can't be looked into must not hide the others. */
  private static Optional<FolderInfo> lookOrSay(Path folder) throws IOException {
    try {
      return look(folder);
    } catch (IOException e) {
      String owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).getName();
      return Optional.of(new FolderInfo(folder, owner, FolderInfo.State.UNREADABLE, null, 0, 0, 0));
    }
  }

  /** Looks into a folder, which its owner may delete meanwhile. */
  private static Optional<FolderInfo> look(Path folder) throws IOException {
    try {
      String owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).getName();
      try {
        return Optional.of(look(folder, owner));
      } catch (AccessDeniedException e) {
        return Optional.of(
            new FolderInfo(folder, owner, FolderInfo.State.UNREADABLE, null, 0, 0, 0));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static FolderInfo look(Path folder, String owner) throws IOException {
    List<Integer> numbers = SpoolFolder.numbers(folder, "tape");
    FolderCard card = card(folder, owner, numbers);
    boolean live = isHeld(folder.resolve(SpoolFolder.LOCK));
    boolean named = Files.exists(folder.resolve(SpoolFolder.CARD), LinkOption.NOFOLLOW_LINKS);
    if (card == null && numbers.isEmpty() && !named) {
      throw new NoSuchFileException(folder.toString()); // not finished, or being deleted
    }
    long bytes = 0;
    for (int number : numbers) {
      bytes += bytes(folder.resolve("%08d.tape".formatted(number)));
    }
    Path quarantine = folder.resolve(SpoolFolder.QUARANTINE);
    int quarantined =
        Directories.isRealDirectory(quarantine)
            ? SpoolFolder.numbers(quarantine, "tape").size()
            : 0;
    return new FolderInfo(
        folder,
        owner,
        live ? FolderInfo.State.LIVE : FolderInfo.State.LEFT,
        card,
        numbers.size(),
        bytes,
        quarantined);
  }

  /** Without the file there is no lock: a folder whose lock was removed is nobody's. */
  private static boolean isHeld(Path lock) throws IOException {
    return Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS) && FolderLock.isHeld(lock);
  }

  /** What the folder says of itself, or else its records; null if neither does. */
  private static FolderCard card(Path folder, String owner, List<Integer> numbers)
      throws IOException {
    try {
      return FolderCard.read(folder.resolve(SpoolFolder.CARD));
    } catch (AccessDeniedException e) {
      throw e;
    } catch (IOException e) {
      for (int number : numbers) {
        Optional<ElementHeader> header = firstHeader(folder.resolve("%08d.tape".formatted(number)));
        if (header.isPresent()) {
          List<BlockHeader> blocks = header.get().blocks();
          String producer = blocks.isEmpty() ? "" : blocks.get(0).producer();
          long epoch = blocks.isEmpty() ? 0 : blocks.get(0).epoch();
          return new FolderCard(header.get().destination(), producer, epoch, owner, 0);
        }
      }
      return null;
    }
  }

  private static Optional<ElementHeader> firstHeader(Path segment) {
    List<ElementHeader> headers = new ArrayList<>();
    try (Segment opened = Segment.open(segment)) {
      opened.walk(
          new ElementVisitor() {
            @Override
            public void element(Slot slot, ElementHeader header) {
              if (headers.isEmpty()) {
                headers.add(header);
              }
            }

            @Override
            public void damaged(long from, long to, String what) {
              // Told when the segment is read for its records.
            }
          });
    } catch (IOException e) {
      return Optional.empty(); // the next one may tell
    }
    return headers.stream().findFirst();
  }

  private static long bytes(Path segment) {
    try (SegmentReader reader = new SegmentReader(segment)) {
      Path marks = Segment.sidecar(segment);
      long size = Files.exists(marks, LinkOption.NOFOLLOW_LINKS) ? Files.size(marks) : 0;
      return Segment.usedBytes(reader) + size;
    } catch (IOException e) {
      return 0; // done and deleted meanwhile, or not to be read; that is told when it is walked
    }
  }

  /**
   * Takes over a folder that nobody owns. Of several processes that try, one gets it.
   *
   * @param destination must be that of the folder
   * @return empty when a process owns it, it is another user's or of another destination, or it is
   *     gone
   */
  Optional<SpoolFolder> adopt(FolderInfo found, Destination destination) throws IOException {
    Path folder = found.path();
    try {
      if (!path.equals(folder.getParent())
          || !isFolder(folder)
          || !Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(me())) {
        return Optional.empty();
      }
      Optional<FolderLock> lock = lock(folder.resolve(SpoolFolder.LOCK));
      return lock.isPresent() ? adopt(folder, destination, lock.get()) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // its owner has just deleted it
    }
  }

  /** Someone may have removed the lock's file: it is made anew, by one of those who try. */
  private static Optional<FolderLock> lock(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return FolderLock.tryAcquire(path);
    }
    try {
      return Optional.of(FolderLock.create(path));
    } catch (FileAlreadyExistsException e) {
      return Optional.empty();
    }
  }

  private static Optional<SpoolFolder> adopt(Path folder, Destination destination, FolderLock lock)
      throws IOException {
    boolean adopted = false;
    try {
      FolderCard card = card(folder, me().getName(), SpoolFolder.numbers(folder, "tape"));
      if (card == null || !card.destination().equals(destination)) {
        return Optional.empty();
      }
      SpoolFolder mine = new SpoolFolder(folder, card, lock);
      adopted = true;
      return Optional.of(mine);
    } finally {
      if (!adopted) {
        lock.close();
      }
    }
  }

  /** The user of this process, also one that has a number and no name. */
  private static UserPrincipal me() throws IOException {
    Path self = Path.of("/proc/self");
    if (Files.exists(self)) {
      return Files.getOwner(self);
    }
    return self.getFileSystem()
        .getUserPrincipalLookupService()
        .lookupPrincipalByName(System.getProperty("user.name"));
  }
}
