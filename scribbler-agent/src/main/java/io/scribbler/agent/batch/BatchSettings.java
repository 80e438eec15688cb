package io.scribbler.agent.batch;

import io.scribbler.record.Codec;
import io.scribbler.record.RecordFormat;

/**
 * How one stream's messages are batched.
 *
 * @param producer the name that identifies messages, with {@code epoch}
 * @param epoch this life of the agent
 * @param blockSize bytes of an encoded batch, before compression, that seal it
 * @param maxRecordSize bytes of a record, partition key included, that the stream takes
 */
public record BatchSettings(
    String producer,
    long epoch,
    RecordFormat format,
    Codec codec,
    int level,
    int blockSize,
    int maxRecordSize) {

  /** Room in a record for its partition key, its magic and the header of a block. */
  public static final int RECORD_OVERHEAD = 1024;

  /** The partition key of records whose explicit hash key says where they go. */
  public static final String PARTITION_KEY = "0";

  BatchBody newBody(int capacity) {
    return switch (format) {
      case FIREHOSE -> new BatchBody.Firehose(capacity);
      case KPL -> new BatchBody.Kpl(capacity);
      case PLAIN -> new BatchBody.Plain(capacity);
    };
  }
}
