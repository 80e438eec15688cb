package io.scribbler.local;

import java.util.Collection;
import java.util.List;

/** Keeps everything in memory, within bounds. */
final class MemoryStorage implements Storage, ShardLog.SegmentSource {
  private final Retention retention;

  MemoryStorage(Retention retention) {
    this.retention = retention;
  }

  @Override
  public ShardLog log(String stream, long createdMillis, int shard) {
    return new ShardLog(retention, this, List.of(), 0);
  }

  @Override
  public Segment create(long first, int entryBytes, Segment previous) {
    int before = previous == null ? 0 : (int) previous.dataMemory();
    return new MemorySegment(first, Math.max(entryBytes, retention.segmentSize(before)));
  }

  @Override
  public void emptied(long next) {}

  @Override
  public List<Stream> load() {
    return List.of();
  }

  @Override
  public void save(Collection<Stream> streams) {}

  @Override
  public void delete(Stream stream) {
    stream.shards().forEach(shard -> shard.log().delete());
  }

  @Override
  public void close() {}
}
