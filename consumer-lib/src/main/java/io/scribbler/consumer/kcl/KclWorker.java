package io.scribbler.consumer.kcl;

import io.scribbler.consumer.StreamException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdCache;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdOnboardingState;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.exceptions.DependencyException;
import software.amazon.kinesis.leases.exceptions.LeasingException;
import software.amazon.kinesis.lifecycle.TaskResult;
import software.amazon.kinesis.processor.Checkpointer;

/**
 * One KCL scheduler from its start to its end; another one takes its place after that. Any thread.
 */
final class KclWorker {
  private static final Logger log = LoggerFactory.getLogger(KclWorker.class);

  /** What KCL's thread may take beyond the failover time, after which it waits for nothing more. */
  private static final long STOP_MILLIS = 2_000;

  private final Scheduler scheduler;
  private final LeaseTable table;
  private final String name;
  private final KclTiming timing;
  private final Thread thread;
  // Guarded by this.
  private boolean stopped;
  private volatile Throwable failure;

  KclWorker(Scheduler scheduler, LeaseTable table, String name, KclTiming timing) {
    this.scheduler = scheduler;
    this.table = table;
    this.name = name;
    this.timing = timing;
    this.thread = new Thread(this::run, "scribbler-kcl-" + table.name());
    this.thread.setDaemon(true);
  }

  private void run() {
    try {
      scheduler.run();
    } catch (Throwable e) {
      failure = e;
    }
  }

  Checkpointer checkpoints() {
    return scheduler.checkpoint();
  }

  /**
   * Starts. Lists the shards first if the table has none, which KCL does after a random wait of up
   * to 30 s, and takes what nobody owns if nobody else is there to be given a share.
   */
  void start() throws InterruptedException, LeasingException {
    if (scheduler.leaseRefresher().isLeaseTableEmpty()) {
      sync();
    }
    List<Lease> leases = scheduler.leaseRefresher().listLeases();
    for (Lease lease : leases) {
      if (lease.leaseKey().indexOf(':') >= 0) {
        throw new StreamException(
            "table "
                + table.name()
                + " has leases of a KCL application of several streams ("
                + lease.leaseKey()
                + "), which can't be taken over; name another table",
            null);
      }
    }
    if (table.alive(timing.alive(), name).isEmpty()) {
      for (Lease lease : leases) {
        if (lease.actualOwner() == null) {
          scheduler.leaseRefresher().assignLease(lease, name);
        }
      }
    }
    thread.start();
  }

  private void sync() throws LeasingException {
    StreamIdCache.initialize(
        scheduler.streamIdCacheManager(), StreamIdOnboardingState.NOT_ONBOARDED);
    for (StreamConfig stream : scheduler.currentStreamConfigMap().values()) {
      TaskResult result =
          scheduler.shardSyncTaskManagerProvider().apply(stream).callShardSyncTask();
      if (result.getException() != null) {
        // A stream that is just being resharded may look as if a part were missing.
        throw new DependencyException("the shards could not be listed", result.getException());
      }
    }
  }

  /** Whether KCL's thread runs. */
  boolean runs() {
    return thread.isAlive();
  }

  /** What ended it; null: it was stopped, or it gave up starting. */
  Throwable failure() {
    return failure;
  }

  /** Whether the lease is still the one that a shard was assigned with. */
  boolean holds(String shardId, String token) {
    Lease lease = scheduler.leaseCoordinator().getCurrentlyHeldLease(shardId);
    return lease != null
        && lease.concurrencyToken() != null
        && lease.concurrencyToken().toString().equals(token);
  }

  /** Whether another process is to have the lease. */
  boolean isHandedOver(String shardId) {
    Lease lease = scheduler.leaseCoordinator().getCurrentlyHeldLease(shardId);
    return lease != null && lease.shutdownRequested();
  }

  /** Lets go of a lease, so that anybody takes it, this process too. */
  void giveBack(String shardId) throws LeasingException {
    Lease lease = scheduler.leaseCoordinator().getCurrentlyHeldLease(shardId);
    if (lease != null) {
      scheduler.leaseCoordinator().dropLease(lease);
      scheduler.leaseRefresher().evictLease(lease);
    }
  }

  /** Stops taking and renewing leases, and gives them to those who live, or back. */
  synchronized void stop() throws InterruptedException {
    if (stopped) {
      return;
    }
    stopped = true;
    scheduler.shutdown();
    handOn();
    if (thread.isAlive()) {
      thread.join(timing.failoverMillis + STOP_MILLIS);
    }
  }

  private void handOn() throws InterruptedException {
    try {
      table.removeWorker(name);
      List<String> others = table.alive(timing.alive(), name);
      List<Lease> leases = scheduler.leaseRefresher().listLeases();
      Map<String, Integer> owned = new HashMap<>();
      others.forEach(other -> owned.put(other, 0));
      leases.forEach(lease -> owned.computeIfPresent(owner(lease), (w, n) -> n + 1));
      for (Lease lease : new ArrayList<>(leases)) {
        if (name.equals(lease.actualOwner())) {
          handOn(lease, owned);
        }
      }
    } catch (LeasingException | SdkException e) {
      log.warn(
          "table {}: the leases could not be given back and are taken over later: {}",
          table.name(),
          e.toString());
    }
  }

  private static String owner(Lease lease) {
    return Objects.requireNonNullElse(lease.leaseOwner(), "");
  }

  private void handOn(Lease lease, Map<String, Integer> owned) throws LeasingException {
    String next =
        owned.entrySet().stream()
            .min(Comparator.comparing(Map.Entry<String, Integer>::getValue))
            .map(Map.Entry::getKey)
            .orElse(null);
    if (next == null) {
      scheduler.leaseRefresher().evictLease(lease);
    } else {
      scheduler.leaseRefresher().assignLease(lease, next);
      owned.merge(next, 1, Integer::sum);
    }
  }
}
