package io.scribbler.consumer;

import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.ShardLease;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A shard's assignment, as its handler sees it. Any thread. */
final class Assignment implements ShardAssignment, Checkpointer {
  private final ShardLease lease;
  private final Checkpoint checkpoint;
  private final Committer committer;
  private final AtomicBoolean taken = new AtomicBoolean();
  private final AtomicBoolean decided = new AtomicBoolean();

  Assignment(ShardLease lease, Committer committer) {
    this.lease = lease;
    this.checkpoint = lease.checkpoint();
    this.committer = committer;
  }

  @Override
  public String stream() {
    return lease.stream();
  }

  @Override
  public String shardId() {
    return lease.shardId();
  }

  @Override
  public Optional<Position> committed() {
    return Optional.ofNullable(checkpoint.committed());
  }

  @Override
  public Optional<Position> pending() {
    return Optional.ofNullable(checkpoint.pending());
  }

  @Override
  public byte[] state() {
    return checkpoint.state();
  }

  @Override
  public Checkpointer takeCheckpoints() {
    if (decided.get() && !taken.get()) {
      throw new IllegalStateException(
          "checkpoints are taken over while the handler is made; the library commits now");
    }
    taken.set(true);
    return this;
  }

  /** The handler is made: whether it took the checkpoints over. */
  boolean checkpointsTaken() {
    decided.set(true);
    return taken.get();
  }

  @Override
  public void prepare(Position position, byte[] state) {
    Objects.requireNonNull(position, "position");
    if (state.length > ShardLease.MAX_STATE_BYTES) {
      throw new IllegalArgumentException(
          "a state of " + state.length + " bytes, at most " + ShardLease.MAX_STATE_BYTES);
    }
    committer.prepare(position, state);
  }

  @Override
  public void commit(Position position) {
    committer.commit(Objects.requireNonNull(position, "position"));
  }
}
