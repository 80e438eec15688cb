package io.scribbler.consumer.testkit;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.engine.ByteBudget;
import io.scribbler.consumer.engine.ShardProcessor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What engines do by themselves: sees which shards there are, gives them to processes, and reads
 * them. In rounds, by the stream's reading thread.
 */
final class Reading {
  private final TestStream stream;
  private final Map<String, Application> applications;

  /** For the applications of a stream, a map that grows meanwhile. */
  Reading(TestStream stream, Map<String, Application> applications) {
    this.stream = stream;
    this.applications = applications;
  }

  /** Gives everything that there is and for which there is room; whether that was anything. */
  boolean round() throws InterruptedException {
    stream.shards().expire(stream.time().currentTimeMillis() - stream.retention().toMillis());
    boolean moved = false;
    for (Application application : applications.values()) {
      Set<String> all = Set.copyOf(stream.shards().all());
      for (String shardId : application.known()) {
        if (!all.contains(shardId)) {
          moved |= gone(application, shardId);
        }
      }
      for (String shardId : stream.shards().all()) {
        moved |= assign(application, shardId, all);
      }
      for (TestLease lease : application.leases()) {
        moved |= read(lease);
      }
    }
    return moved;
  }

  /** The stream has let go of a whole shard. */
  private static boolean gone(Application application, String shardId) {
    Optional<TestLease> lease =
        application.leases().stream().filter(l -> l.shardId().equals(shardId)).findFirst();
    if (application.done(shardId)) {
      application.forget(shardId);
      return false;
    }
    Optional<TestEngine> engine = lease.map(TestLease::engine).or(application::anyEngine);
    if (engine.isEmpty()) {
      return false;
    }
    lease.ifPresent(
        held -> {
          application.free(held);
          TestEngine.lost(held);
        });
    Position committed = application.checkpoint(shardId).committed();
    if (engine.get().host().shardGone(engine.get().streamName(), shardId, committed)) {
      application.forget(shardId);
    } else {
      engine.get().crash();
    }
    return true;
  }

  /** Gives a shard to a process if it may begin: after all its parents. */
  private boolean assign(Application application, String shardId, Set<String> all) {
    for (String parent : stream.shards().parents(shardId)) {
      if (all.contains(parent) && !application.done(parent)) {
        return false;
      }
    }
    Optional<TestLease> lease = application.assign(shardId);
    lease.ifPresent(given -> given.engine().assigned(given));
    return lease.isPresent();
  }

  private boolean read(TestLease lease) throws InterruptedException {
    ShardProcessor processor = lease.processor();
    boolean moved = false;
    while (lease.application().reads(lease) && !lease.endGiven && processor.hasRoom()) {
      Optional<StoredShard.Slice> found = stream.shards().read(lease.shardId(), lease.next);
      if (found.isEmpty()) {
        break;
      }
      StoredShard.Slice slice = found.get();
      long now = stream.time().nanoTime();
      if (!slice.records().isEmpty()) {
        lease.readNanos = now;
        give(lease, processor, slice);
      } else if (slice.closed()) {
        lease.endGiven = true;
        processor.ended(() -> ended(lease));
      } else if (now - lease.readNanos >= interval(lease)) {
        lease.readNanos = now;
        processor.idle(0);
      } else {
        break;
      }
      moved = true;
    }
    return moved;
  }

  private static long interval(TestLease lease) {
    return Math.max(1, lease.engine().host().settings().pollInterval().toNanos());
  }

  private static void give(TestLease lease, ShardProcessor processor, StoredShard.Slice slice)
      throws InterruptedException {
    List<StreamRecord> records = slice.records();
    String last = records.get(records.size() - 1).sequenceNumber();
    lease.next = Long.toString(Long.parseLong(last) + 1);
    if (!lease.goesOn()) {
      records = records.stream().filter(lease.application()::wants).toList();
    }
    if (records.isEmpty()) {
      return;
    }
    ByteBudget fetched = lease.engine().host().fetched();
    long bytes = records.stream().mapToLong(record -> record.data().length).sum();
    fetched.adjust(0, bytes);
    try {
      processor.records(records, slice.millisBehind());
    } finally {
      fetched.release(bytes);
    }
  }

  private static void ended(TestLease lease) {
    lease.application().free(lease);
    lease.processor().lost();
  }
}
