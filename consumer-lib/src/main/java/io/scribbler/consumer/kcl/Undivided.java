package io.scribbler.consumer.kcl;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/** Passes records on as they are: taking aggregates apart is the library's own business. */
final class Undivided extends AggregatorUtil {
  /** A list that KCL may change, as it does. */
  @Override
  public List<KinesisClientRecord> deaggregate(
      List<KinesisClientRecord> records, BigInteger startingHashKey, BigInteger endingHashKey) {
    return new ArrayList<>(records);
  }
}
