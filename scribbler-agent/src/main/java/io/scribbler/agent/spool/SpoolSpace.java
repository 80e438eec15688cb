package io.scribbler.agent.spool;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the spool may grow: by its own limit, and by what must stay free of the file system. */
final class SpoolSpace {
  /** An answer. */
  enum Room {
    /** There is room. */
    FREE,
    /** The spool would be larger than it may. */
    FULL_MAX_SIZE,
    /** Too little of the file system would be left. */
    FULL_MIN_FREE
  }

  /** What is known of a file system. */
  interface Disk {
    long usable() throws IOException;

    long total() throws IOException;
  }

  private final Disk disk;
  private final long maxBytes;
  private final double minFree;

  /**
   * The space of a spool.
   *
   * @param root the spool's directory, which must exist when {@link #room} is called
   * @param maxBytes how large the spool may be
   * @param minFree the share of the file system that stays free, from 0 to 1
   */
  SpoolSpace(Path root, long maxBytes, double minFree) {
    this(
        new Disk() {
          @Override
          public long usable() throws IOException {
            return store().getUsableSpace();
          }

          @Override
          public long total() throws IOException {
            return store().getTotalSpace();
          }

          // Asked anew, since another one may be mounted.
          private FileStore store() throws IOException {
            return Files.getFileStore(root);
          }
        },
        maxBytes,
        minFree);
  }

  SpoolSpace(Disk disk, long maxBytes, double minFree) {
    if (maxBytes < 0 || !(minFree >= 0 && minFree <= 1)) {
      throw new IllegalArgumentException("max " + maxBytes + ", free " + minFree);
    }
    this.disk = disk;
    this.maxBytes = maxBytes;
    this.minFree = minFree;
  }

  /**
   * Whether so many bytes more may be written.
   *
   * @param used bytes of all segments of the spool as they are
   * @throws IOException if the file system doesn't tell
   */
  Room room(long used, long more) throws IOException {
    if (more > maxBytes - used) {
      return Room.FULL_MAX_SIZE;
    }
    return disk.usable() - more < minFree * disk.total() ? Room.FULL_MIN_FREE : Room.FREE;
  }
}
