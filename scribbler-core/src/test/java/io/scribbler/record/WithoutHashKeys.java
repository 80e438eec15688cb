package io.scribbler.record;

import java.util.Arrays;
import software.amazon.kinesis.retrieval.kpl.Messages.AggregatedRecord;

/** An aggregate as others write it: the inner records name no explicit hash key. */
final class WithoutHashKeys {
  private WithoutHashKeys() {}

  static byte[] of(byte[] aggregate) throws Exception {
    byte[] body = Arrays.copyOfRange(aggregate, 4, aggregate.length - 16);
    AggregatedRecord.Builder record = AggregatedRecord.parseFrom(body).toBuilder();
    record.clearExplicitHashKeyTable();
    record.getRecordsBuilderList().forEach(inner -> inner.clearExplicitHashKeyIndex());
    return Kpl.seal(record.build().toByteArray());
  }
}
