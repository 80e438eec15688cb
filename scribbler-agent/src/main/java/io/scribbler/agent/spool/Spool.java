package io.scribbler.agent.spool;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One stream's messages on disk. Calls never wait: a thread of the spool's does what is asked in
 * the order of asking, and tells what came of it. A hung disk delays the answers and nothing else.
 */
public interface Spool {
  /**
   * Writes a record and forces it to the disk.
   *
   * @param data not changed until it is told
   * @param needed asked, by the spool's thread, before it is written
   */
  void write(ElementHeader header, byte[] data, BooleanSupplier needed, Consumer<Written> told);

  /** Reads a record back. */
  void read(int segment, int offset, Consumer<Read> told);

  /** The record is needed no longer: it will not be found by a later life. */
  void done(int segment, int index);

  /** No record of the segment is needed any more. Its file goes; a damaged one is kept aside. */
  void settled(int segment);

  /** Looks for what agents have left that died meanwhile: to be called every few seconds. */
  void look();

  /** What it tells of itself. */
  SpoolGauge gauge();

  /** Completes what was asked, lets go of the directory, and deletes what is empty. */
  void close() throws InterruptedException;

  /** What came of a write. */
  sealed interface Written {
    /**
     * It is on disk.
     *
     * @param segment a number that tells segments apart in this life, counting up
     * @param index which record of the segment it is
     * @param offset where it lies
     * @param length bytes of it on disk
     */
    record Stored(int segment, int index, int offset, int length) implements Written {}

    /** It was not needed any more when its turn came. */
    record Unneeded() implements Written {}

    /**
     * It is not, and the disk may take none until an operator has mended it.
     *
     * @param full for want of room, by the spool's limits or the file system's
     * @param why one line
     */
    record NotStored(boolean full, String why) implements Written {}
  }

  /** What came of a read. */
  sealed interface Read {
    /** The record, as it was written. */
    final class Loaded implements Read {
      private final ElementHeader header;
      private final byte[] data;

      public Loaded(ElementHeader header, byte[] data) {
        this.header = header;
        this.data = data;
      }

      public ElementHeader header() {
        return header;
      }

      /** Who gets it owns the array. */
      public byte[] data() {
        return data;
      }
    }

    /** It lies there no longer as it was written, and won't again. */
    record Corrupt(String why) implements Read {}

    /** The disk doesn't answer; it may later. */
    record Failed(String why) implements Read {}
  }

  /** Is told what others left. Called by the spool's thread. */
  interface Finder {
    /**
     * All of one segment that a life before left, oldest first.
     *
     * @param damaged bytes in it that are no record
     */
    void found(int segment, List<Found> records, long damaged);

    /** All that lay there at the start has been found. */
    void foundAll();
  }

  /** A record that was found. */
  record Found(int index, int offset, int length, ElementHeader header) {}
}
