package io.scribbler.consumer;

import io.scribbler.consumer.engine.ShardLease;
import java.time.Duration;
import java.util.List;

/**
 * What happens to a shard's records before a handler has them: finds the stored position among
 * them, takes memory, and takes them apart into batches for the pipeline. Fed by the shard's
 * reading thread; memory is given back and the end comes by any.
 */
final class ShardIntake implements RecordDecoder.Output {
  /** How long a shard keeps its buffers after the last record. */
  private static final long TRIM_NANOS = Duration.ofSeconds(10).toNanos();

  private final ShardPipeline shard;
  private final ConsumerCore core;
  private final ShardStart start;
  private final RecordDecoder decoder;
  private final ShardMemory memory;

  // Owned by the reading thread.
  private long fedNanos;

  // Guarded by this.
  private boolean feeding;
  private boolean closed;

  ShardIntake(
      ShardPipeline shard, ShardLease lease, ProcessingSettings settings, ConsumerCore core) {
    this.shard = shard;
    this.core = core;
    ShardCounters counters = core.counters(lease.stream());
    this.start = new ShardStart(lease, settings.gaps(), core, counters);
    this.decoder = new RecordDecoder(lease.stream(), settings, counters, this);
    this.memory = new ShardMemory(core);
  }

  /** Whether there is memory for more than a little. Any thread. */
  boolean hasRoom() {
    return memory.hasRoom();
  }

  /**
   * Takes records apart, as far as the pipeline wants them.
   *
   * @throws StopShard if the stream no longer has what comes before them, and that matters
   */
  void feed(List<StreamRecord> records, long millisBehind) throws StopShard, InterruptedException {
    synchronized (this) {
      if (closed) {
        return;
      }
      feeding = true;
    }
    try {
      decode(records, millisBehind);
    } finally {
      fedNanos = core.time().nanoTime();
      synchronized (this) {
        feeding = false;
        if (closed) {
          decoder.close();
        }
      }
    }
  }

  private void decode(List<StreamRecord> records, long millisBehind)
      throws StopShard, InterruptedException {
    for (StreamRecord record : records) {
      long done = start.messagesDone(record);
      if (done != ShardStart.PASS && !decoder.decode(record, done)) {
        return;
      }
    }
    decoder.flush(millisBehind);
  }

  /** Whether what comes now is behind the stored position. By the reading thread. */
  boolean reachedStart() {
    return start.reached();
  }

  /** Nothing came and nothing is outstanding: lets go of buffers after a while. */
  void quiet() {
    if (core.time().nanoTime() - fedNanos > TRIM_NANOS) {
      decoder.close();
      memory.trim();
    }
  }

  /** Nothing will be fed any more: lets go of native memory, once nothing is. Any thread. */
  synchronized void close() {
    closed = true;
    if (!feeding) {
      decoder.close();
    }
  }

  /** Gives back what a batch that is done has held. */
  void free(Batch batch) {
    memory.free(batch);
  }

  /** Gives back everything, once no handler uses it. */
  void freeAll() {
    memory.close();
  }

  /** Lets who waits for memory look again whether to. */
  void wake() {
    memory.wake();
  }

  @Override
  public boolean tryReserve(long bytes) {
    return memory.tryReserve(bytes);
  }

  @Override
  public boolean reserve(long bytes) throws InterruptedException {
    return memory.reserve(bytes, () -> !shard.wantsMore());
  }

  @Override
  public void charge(long bytes) {
    memory.charge(bytes);
  }

  @Override
  public BatchData emptyData() {
    return memory.emptyData(shard.stream(), shard.shardId());
  }

  @Override
  public void batch(Batch batch) {
    shard.batch(batch);
  }
}
