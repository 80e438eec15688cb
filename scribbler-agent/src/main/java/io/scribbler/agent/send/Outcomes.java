package io.scribbler.agent.send;

import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import io.scribbler.agent.send.RecordPutter.PutOutcome;
import io.scribbler.agent.send.RecordPutter.RecordResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Applies the answer to a request, record by record: what was taken is delivered, what failed goes
 * back to the head of its lane in the order that it had, and the lane's rate learns of it. Used by
 * the sender, once for each answer.
 */
final class Outcomes {
  private final Function<SealedRecord, Lane> laneNow; // lanes may have changed since it was sent
  private final boolean inOrder;
  private final long nowNanos;
  private final List<SealedRecord> delivered = new ArrayList<>();
  private final Map<String, Integer> retried = new TreeMap<>();
  private final List<SealedRecord> refused = new ArrayList<>();
  private boolean elsewhere;
  private int throttled;
  private long throttledBytes;
  private Failure recordFailure; // the gravest

  /**
   * @param inOrder whether what came from disk goes before what comes now
   */
  Outcomes(Function<SealedRecord, Lane> laneNow, boolean inOrder, long nowNanos) {
    this.laneNow = laneNow;
    this.inOrder = inOrder;
    this.nowNanos = nowNanos;
  }

  /**
   * What became of a request.
   *
   * @param refused records that the service will never take, while it took others of the request
   * @param retried how many records go again, by reason
   * @param elsewhere whether a record was put into another shard than its lane's
   * @param throttled records that were too much for their shards
   * @param recordFailure the gravest failure of a single record, or null
   */
  record Applied(
      String name,
      List<SealedRecord> delivered,
      List<SealedRecord> refused,
      Map<String, Integer> retried,
      boolean elsewhere,
      int throttled,
      int meanThrottledSize,
      Failure recordFailure) {}

  /** What was taken first: a lane's rate is cut by what its shard took of the same request too. */
  Applied apply(Request request, PutOutcome outcome) {
    for (int i = 0; i < request.records().size(); i++) {
      Lane lane = request.lanes().get(i);
      lane.inFlight.remove(request.records().get(i));
      if (failure(outcome, i) == null) {
        taken(request.records().get(i), lane, outcome.results().get(i));
      }
    }
    Set<Lane> hit = new HashSet<>();
    for (int i = request.records().size() - 1; i >= 0; i--) {
      SealedRecord record = request.records().get(i);
      Failure failure = failure(outcome, i);
      if (failure != null) {
        if (failure.kind() == Kind.REFUSED && outcome.failure() == null && !delivered.isEmpty()) {
          refused.add(record);
          recordFailure = recordFailure == null ? failure : recordFailure;
          continue;
        }
        Lane home = laneNow.apply(record);
        home.giveBack(record, inOrder);
        boolean first = hit.add(home);
        failed(record, home, failure, outcome.failure() == null && first);
      }
    }
    return new Applied(
        name(outcome.failure(), delivered.size(), request.records().size()),
        delivered,
        refused,
        retried,
        elsewhere,
        throttled,
        throttled == 0 ? 0 : (int) (throttledBytes / throttled),
        recordFailure);
  }

  private static Failure failure(PutOutcome outcome, int record) {
    return outcome.failure() != null ? outcome.failure() : outcome.results().get(record).failure();
  }

  private void taken(SealedRecord record, Lane lane, RecordResult result) {
    delivered.add(record);
    lane.rate.succeeded(record.size(), nowNanos);
    if (!record.hashedByKey()
        && lane.target().shardId().isPresent()
        && !lane.target().shardId().get().equals(result.shardId())) {
      elsewhere = true;
    }
  }

  private void failed(SealedRecord record, Lane lane, Failure failure, boolean tellRate) {
    String reason = failure.kind().name().toLowerCase(java.util.Locale.ROOT);
    retried.merge(reason, 1, Integer::sum);
    if (failure.kind() == Kind.THROTTLED) {
      throttled++;
      throttledBytes += record.size();
    }
    if (tellRate) {
      if (failure.kind() == Kind.THROTTLED) {
        lane.rate.throttled(nowNanos);
      } else {
        lane.rate.failed(nowNanos);
      }
    }
    if (recordFailure == null || failure.kind().compareTo(recordFailure.kind()) > 0) {
      recordFailure = failure;
    }
  }

  private static String name(Failure failure, int delivered, int all) {
    if (failure != null) {
      return failure.kind().name().toLowerCase(java.util.Locale.ROOT);
    }
    return delivered == all ? "ok" : delivered == 0 ? "failed" : "partial";
  }
}
