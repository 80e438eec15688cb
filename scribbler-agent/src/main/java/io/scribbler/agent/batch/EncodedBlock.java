package io.scribbler.agent.batch;

/**
 * Messages of one topic as bytes: a block of the firehose format, or in the other formats a whole
 * record. The bytes are taken from the memory budget. Immutable; the array is shared.
 */
public final class EncodedBlock {
  private final byte[] bytes;
  private final BlockSummary summary;
  private final Target target;
  private final String refusal;

  /**
   * Where the record goes.
   *
   * @param laneHashKey the explicit hash key of the lane that it belongs to; null where any will do
   * @param hashedByKey whether the partition key decides, instead of the lane
   */
  record Target(String partitionKey, String laneHashKey, boolean hashedByKey) {}

  /**
   * @param refusal why it can't be sent, or null
   */
  EncodedBlock(byte[] bytes, BlockSummary summary, Target target, String refusal) {
    this.bytes = bytes;
    this.summary = summary;
    this.target = target;
    this.refusal = refusal;
  }

  public byte[] bytes() {
    return bytes;
  }

  public BlockSummary summary() {
    return summary;
  }

  public String partitionKey() {
    return target.partitionKey;
  }

  /** The explicit hash key of the lane that it belongs to; null where any lane will do. */
  public String laneHashKey() {
    return target.laneHashKey;
  }

  /** Whether its record's partition key decides where it goes, instead of the lane. */
  public boolean hashedByKey() {
    return target.hashedByKey;
  }

  /** Why it can't be sent, or null. */
  public String refusal() {
    return refusal;
  }
}
