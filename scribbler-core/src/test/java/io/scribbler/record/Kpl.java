package io.scribbler.record;

import com.google.protobuf.ByteString;
import java.util.function.Consumer;
import software.amazon.kinesis.retrieval.kpl.Messages.AggregatedRecord;

/** Aggregates for tests, made with KCL's generated classes so that anything can be wrong. */
final class Kpl {
  private static final ByteString MAGIC =
      ByteString.copyFrom(new byte[] {(byte) 0xF3, (byte) 0x89, (byte) 0x9A, (byte) 0xC2});

  private Kpl() {}

  /** An aggregate with the partition key "key", filled as told; its MD5 is right. */
  static byte[] aggregate(Consumer<AggregatedRecord.Builder> fill) {
    AggregatedRecord.Builder record = AggregatedRecord.newBuilder().addPartitionKeyTable("key");
    fill.accept(record);
    record.getRecordsBuilderList().stream()
        .filter(inner -> !inner.hasData())
        .forEach(inner -> inner.setData(ByteString.EMPTY));
    return seal(record.buildPartial().toByteArray());
  }

  static byte[] seal(byte[] body) {
    return MAGIC
        .concat(ByteString.copyFrom(body))
        .concat(ByteString.copyFrom(KplCursor.newMd5().digest(body)))
        .toByteArray();
  }
}
