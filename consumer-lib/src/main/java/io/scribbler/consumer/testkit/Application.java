package io.scribbler.consumer.testkit;

import io.scribbler.consumer.LeaseLostException;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.engine.Checkpoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is stored of one application: what a table would hold for all its processes. Any thread;
 * guards all below by itself.
 */
final class Application {
  private final Map<String, Checkpoint> checkpoints = new HashMap<>();
  // In the order of their assignment.
  private final Map<String, TestLease> leases = new LinkedHashMap<>();
  private final Map<String, TestEngine> losers = new HashMap<>();
  // Those that take shards, in the order of their start.
  private final List<TestEngine> running = new ArrayList<>();
  private final Set<String> skipped = new HashSet<>();
  private boolean begun;
  private long startSequence;
  private Instant startTime = Instant.MIN;
  private boolean paused;

  /** Takes over where the application starts, the first time that it is asked to. */
  synchronized void begin(StartPosition start, StoredShards shards) {
    if (begun) {
      return;
    }
    begun = true;
    switch (start.kind()) {
      case OLDEST -> {}
      case NEWEST -> {
        startSequence = shards.nextSequence();
        skipped.addAll(shards.closedBefore(Long.MAX_VALUE));
      }
      case TIME -> {
        startTime = start.time();
        skipped.addAll(shards.closedBefore(startTime.toEpochMilli()));
      }
    }
  }

  /** Whether a record came after the start. */
  synchronized boolean wants(StreamRecord record) {
    return Position.compareSequenceNumbers(record.sequenceNumber(), Long.toString(startSequence))
            >= 0
        && !Instant.ofEpochMilli(record.arrivalMillis()).isBefore(startTime);
  }

  synchronized boolean paused() {
    return paused;
  }

  synchronized void pause(boolean now) {
    paused = now;
  }

  synchronized void join(TestEngine engine) {
    running.add(engine);
  }

  /** Gives an engine no more shards; those that it has stay with it. */
  synchronized List<TestLease> leave(TestEngine engine) {
    running.remove(engine);
    return leases(engine);
  }

  synchronized List<TestLease> leases() {
    return List.copyOf(leases.values());
  }

  synchronized List<TestLease> leases(TestEngine engine) {
    return leases.values().stream().filter(lease -> lease.engine() == engine).toList();
  }

  synchronized boolean owns(TestLease lease) {
    return leases.get(lease.shardId()) == lease;
  }

  /** Whether new records are read for it; an engine that stops only drains. */
  synchronized boolean reads(TestLease lease) {
    return owns(lease) && running.contains(lease.engine());
  }

  /** Gives a shard to the engine that has the fewest, but not to the one that lost it last. */
  synchronized Optional<TestLease> assign(String shardId) {
    if (leases.containsKey(shardId) || done(shardId)) {
      return Optional.empty();
    }
    TestEngine loser = losers.get(shardId);
    Optional<TestEngine> owner =
        running.stream()
            .filter(engine -> running.size() == 1 || engine != loser)
            .min(Comparator.comparingInt(engine -> leases(engine).size()));
    owner.ifPresent(
        engine -> {
          losers.remove(shardId);
          leases.put(shardId, new TestLease(this, engine, shardId, checkpoint(shardId)));
        });
    return owner.map(engine -> leases.get(shardId));
  }

  /** Frees a shard; nothing more is stored by this lease. */
  synchronized void free(TestLease lease) {
    leases.remove(lease.shardId(), lease);
  }

  /** Frees a shard that its owner should not have again at once. */
  synchronized Optional<TestLease> lose(TestEngine engine, String shardId) {
    TestLease lease = leases.get(shardId);
    if (lease == null || lease.engine() != engine) {
      return Optional.empty();
    }
    leases.remove(shardId);
    losers.put(shardId, engine);
    return Optional.of(lease);
  }

  synchronized Checkpoint checkpoint(String shardId) {
    return checkpoints.getOrDefault(shardId, Checkpoint.NONE);
  }

  /** Stores a checkpoint, if the lease still is the shard's. */
  synchronized void store(TestLease lease, Checkpoint checkpoint) {
    if (!owns(lease)) {
      throw new LeaseLostException("shard " + lease.shardId() + " has another owner", null);
    }
    checkpoints.put(lease.shardId(), checkpoint);
  }

  /** Whether nothing is left of the shard for this application. */
  synchronized boolean done(String shardId) {
    Position committed = checkpoint(shardId).committed();
    return skipped.contains(shardId) || (committed != null && committed.isEnd());
  }

  /** The shards that it has begun with. */
  synchronized Set<String> known() {
    Set<String> all = new TreeSet<>(checkpoints.keySet());
    all.addAll(leases.keySet());
    return all;
  }

  /** Forgets a shard that the stream no longer has. */
  synchronized void forget(String shardId) {
    checkpoints.remove(shardId);
    skipped.remove(shardId);
  }

  /** One that runs, to be told what concerns none in particular. */
  synchronized Optional<TestEngine> anyEngine() {
    return running.stream().findFirst();
  }
}
