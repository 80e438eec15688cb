package io.scribbler.agent.send;

import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.spool.BlockHeader;
import io.scribbler.agent.spool.Destination;
import io.scribbler.agent.spool.ElementHeader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One Kinesis record, ready to be sent: the unit that waits in a lane, is retried, and can lie on
 * disk. Its bytes are taken from the memory budget; the array is shared and not changed. What
 * becomes of it is kept here by the sender's thread.
 */
public final class SealedRecord {
  private final byte[] data;
  private final String partitionKey;
  private final String laneHashKey;
  private final boolean hashedByKey;
  private final List<BlockSummary> blocks;
  private final long openedNanos;
  private final int size;

  // Owned by the sender.
  private Place place; // its copy on disk, or null
  private boolean writing; // a copy is being written
  private volatile boolean gone; // delivered, dead-lettered or given up; the spool asks too
  private boolean loaded; // it came from disk
  private boolean toldOnDisk;
  private long ordinal; // in the order of sealing

  /**
   * @param laneHashKey the explicit hash key of its lane
   * @param hashedByKey whether its partition key decides where it goes, instead of the lane
   * @param blocks what is in it, without the bytes
   * @param openedNanos when its oldest message was accepted
   */
  SealedRecord(
      byte[] data,
      String partitionKey,
      String laneHashKey,
      boolean hashedByKey,
      List<BlockSummary> blocks,
      long openedNanos) {
    this.data = data;
    this.partitionKey = partitionKey;
    this.laneHashKey = laneHashKey;
    this.hashedByKey = hashedByKey;
    this.blocks = blocks;
    this.openedNanos = openedNanos;
    this.size = data.length + partitionKey.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Its bytes; not to be changed. */
  public byte[] data() {
    return data;
  }

  public String partitionKey() {
    return partitionKey;
  }

  /** What tells its lane, whatever the lanes are by then. */
  String laneHashKey() {
    return laneHashKey;
  }

  boolean hashedByKey() {
    return hashedByKey;
  }

  /** What the request says; null where the partition key decides. */
  String explicitHashKey() {
    return hashedByKey ? null : laneHashKey;
  }

  /** What is in it, without the bytes. */
  public List<BlockSummary> blocks() {
    return blocks;
  }

  Place place() {
    return place;
  }

  void place(Place copy) {
    place = copy;
  }

  boolean writing() {
    return writing;
  }

  void writing(boolean now) {
    writing = now;
  }

  boolean gone() {
    return gone;
  }

  void leave() {
    gone = true;
  }

  boolean loaded() {
    return loaded;
  }

  /** It came from there. */
  void loadedFrom(Place copy) {
    place = copy;
    loaded = true;
    toldOnDisk = true;
  }

  /** The disk has it: tells those who wait for that, once. */
  void tellOnDisk() {
    if (!toldOnDisk) {
      toldOnDisk = true;
      for (BlockSummary block : blocks) {
        if (block.ack() != null) {
          block.ack().onDisk();
        }
      }
    }
  }

  /** Nobody has to wait for it any more. */
  void tellInStream() {
    tellOnDisk();
    for (BlockSummary block : blocks) {
      if (block.ack() != null) {
        block.ack().inStream();
      }
    }
  }

  long ordinal() {
    return ordinal;
  }

  void ordinal(long number) {
    ordinal = number;
  }

  /** What it takes of the memory budget. */
  int heldBytes() {
    int held = 0;
    for (BlockSummary block : blocks) {
      held += block.heldBytes();
    }
    return held;
  }

  /** Whether someone waits until the disk has it. */
  boolean wantedOnDisk() {
    for (BlockSummary block : blocks) {
      if (block.ack() != null && block.ack().wanted().compareTo(Acks.DISK) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** What the disk is told of it. */
  ElementHeader header(Destination destination, long acceptedMillis) {
    List<BlockHeader> headers = new ArrayList<>(blocks.size());
    for (BlockSummary block : blocks) {
      headers.add(
          new BlockHeader(
              block.account().name(),
              block.identity().producer(),
              block.identity().epoch(),
              block.firstSequence(),
              block.count(),
              block.dataBytes()));
    }
    return new ElementHeader(
        destination, partitionKey, laneHashKey, hashedByKey, acceptedMillis, headers);
  }

  /** Counts its messages where they are held. */
  void count(Ledger.Tally tally) {
    blocks.forEach(block -> count(block, tally));
  }

  static void count(BlockSummary block, Ledger.Tally tally) {
    tally.add(block.account().name(), block.count(), block.dataBytes());
  }

  long openedNanos() {
    return openedNanos;
  }

  /** What it counts for against the limits of a request: its data and its partition key. */
  int size() {
    return size;
  }
}
