package io.scribbler.agent.spool;

import java.util.List;
import java.util.Objects;

/**
 * What is known of a spooled record without reading its bytes.
 *
 * @param laneHashKey the explicit hash key of the lane it was made for
 * @param hashedByKey whether its partition key decides where it goes, instead of the lane
 * @param acceptedMillis when its oldest message was accepted, milliseconds since 1970
 * @param blocks at most {@value #MAX_BLOCKS}; unmodifiable
 */
public record ElementHeader(
    Destination destination,
    String partitionKey,
    String laneHashKey,
    boolean hashedByKey,
    long acceptedMillis,
    List<BlockHeader> blocks) {
  /** The most blocks of a record. */
  public static final int MAX_BLOCKS = 1 << 16;

  /**
   * A record's header.
   *
   * @throws IllegalArgumentException if there are too many blocks
   */
  public ElementHeader {
    Objects.requireNonNull(destination, "destination");
    Objects.requireNonNull(partitionKey, "partitionKey");
    Objects.requireNonNull(laneHashKey, "laneHashKey");
    blocks = List.copyOf(blocks);
    if (blocks.size() > MAX_BLOCKS) {
      throw new IllegalArgumentException(blocks.size() + " blocks, more than " + MAX_BLOCKS);
    }
  }
}
