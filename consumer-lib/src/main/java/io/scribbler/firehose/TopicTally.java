package io.scribbler.firehose;

import io.scribbler.record.BlockHeader;
import io.scribbler.record.Codec;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/** What was seen of one topic, by the headers of its blocks. Guarded by the {@link TopicTable}. */
final class TopicTally {
  static final int MOST_PRODUCERS = 1_000;

  private final Set<String> producers = new TreeSet<>();
  private final Set<Codec> codecs = EnumSet.noneOf(Codec.class);
  private long messages;
  private long rawBytes;
  private long wireBytes;
  private long firstMillis = Long.MAX_VALUE;
  private long lastMillis = Long.MIN_VALUE;

  void add(BlockHeader block, long wire) {
    messages += block.count();
    rawBytes += block.rawSize();
    wireBytes += wire;
    codecs.add(block.codec());
    if (block.producer() != null && producers.size() < MOST_PRODUCERS) {
      producers.add(block.producer());
    }
    firstMillis = Math.min(firstMillis, block.baseTimeMillis());
    lastMillis = Math.max(lastMillis, block.baseTimeMillis());
  }

  long messages() {
    return messages;
  }

  long rawBytes() {
    return rawBytes;
  }

  long wireBytes() {
    return wireBytes;
  }

  long firstMillis() {
    return firstMillis;
  }

  long lastMillis() {
    return lastMillis;
  }

  /** Names, at most {@link #MOST_PRODUCERS}. */
  Set<String> producers() {
    return producers;
  }

  Set<Codec> codecs() {
    return codecs;
  }

  /** Over the time from the first block to the last; 0 when that is no time. */
  double messagesPerSecond() {
    return lastMillis > firstMillis ? messages * 1e3 / (lastMillis - firstMillis) : 0;
  }
}
