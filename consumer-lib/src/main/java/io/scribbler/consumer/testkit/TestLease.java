package io.scribbler.consumer.testkit;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.CheckpointException;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.ShardProcessor;
import java.time.Instant;

/** A shard that an engine owns, and how far it was read. */
final class TestLease implements ShardLease {
  private final Application application;
  private final TestEngine engine;
  private final String shardId;
  private final Checkpoint first;
  private volatile ShardProcessor processor;

  // Owned by the stream's reading thread.
  String next;
  boolean endGiven;
  long readNanos;

  TestLease(Application application, TestEngine engine, String shardId, Checkpoint first) {
    this.application = application;
    this.engine = engine;
    this.shardId = shardId;
    this.first = first;
    this.next = first.committed() == null ? "0" : first.committed().sequenceNumber();
    this.readNanos = engine.time().nanoTime();
  }

  Application application() {
    return application;
  }

  TestEngine engine() {
    return engine;
  }

  /** What takes its records; null until it was assigned. */
  ShardProcessor processor() {
    return processor;
  }

  void processor(ShardProcessor newProcessor) {
    processor = newProcessor;
  }

  /** Whether it begins in the middle of a shard that was read before. */
  boolean goesOn() {
    return first.committed() != null;
  }

  @Override
  public String stream() {
    return engine.streamName();
  }

  @Override
  public String shardId() {
    return shardId;
  }

  @Override
  public Checkpoint checkpoint() {
    return first;
  }

  @Override
  public void commit(Position position, Instant upTo, byte[] seen) {
    store(new Checkpoint(position, null, new byte[0], upTo, seen));
  }

  @Override
  public void prepare(Position position, byte[] state) {
    Checkpoint now = application.checkpoint(shardId);
    store(new Checkpoint(now.committed(), position, state, now.upTo(), now.seen()));
  }

  private void store(Checkpoint checkpoint) {
    if (application.owns(this) && engine.failsNow()) {
      throw new CheckpointException("the test lets this checkpoint fail", null);
    }
    application.store(this, checkpoint);
  }
}
