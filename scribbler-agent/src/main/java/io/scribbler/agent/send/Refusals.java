package io.scribbler.agent.send;

import io.scribbler.agent.batch.BlockSummary;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Records that Kinesis will never take: found by halving the requests that it refuses, and held
 * until the dead-letter file has them. Owned by the sender.
 */
final class Refusals {
  /** Reasons under which dead letters are counted. */
  static final String TOO_LARGE = "too_large";

  static final String REFUSED = "refused";

  private final RefusedRecords deadLetters;
  private final MemoryBudget memory;
  private final Overflow overflow;
  private final Consumer<Runnable> post;
  private final Consumer<SealedRecord> giveBack;
  private final Consumer<Failure> allRefused;

  // Owned by the sender's thread.
  private final Deque<Request> halves = new ArrayDeque<>(); // to be sent next
  private final Set<Bisection> bisections = new HashSet<>();
  private final Set<SealedRecord> unstored = new HashSet<>(); // not in the dead-letter file yet

  /**
   * @param post runs something in the sender's thread
   * @param giveBack takes a record back into its lane
   * @param allRefused is told when nothing of a request was taken: that is configuration
   */
  Refusals(
      RefusedRecords deadLetters,
      MemoryBudget memory,
      Overflow overflow,
      Consumer<Runnable> post,
      Consumer<SealedRecord> giveBack,
      Consumer<Failure> allRefused) {
    this.deadLetters = deadLetters;
    this.memory = memory;
    this.overflow = overflow;
    this.post = post;
    this.giveBack = giveBack;
    this.allRefused = allRefused;
  }

  /** Holds a record until the dead-letter file has it. */
  void refuse(SealedRecord record, String reason, String why) {
    unstored.add(record);
    deadLetters.refuse(record, reason, why, () -> post.accept(() -> stored(record, reason)));
  }

  private void stored(SealedRecord record, String reason) {
    if (!unstored.remove(record)) {
      return; // what is held was given up meanwhile
    }
    for (BlockSummary block : record.blocks()) {
      memory.release(block.heldBytes());
      block.account().refused(reason, block.count(), block.dataBytes(), true);
    }
    record.tellInStream();
    overflow.left(record);
  }

  /** The next part of a refused request to be sent; null if there is none. */
  Request next() {
    return halves.pollFirst();
  }

  /**
   * A request failed: if it is invalid as a whole, the record to blame is searched.
   *
   * @return false if that is no search: then its records go back to their lanes
   */
  boolean searches(Request request, Failure failure, long nowNanos) {
    boolean single = request.records().size() == 1;
    if (failure == null
        || failure.kind() != Kind.REFUSED
        || (single && request.bisection() == null)) {
      return false;
    }
    Bisection bisection = request.bisection();
    if (single) {
      bisection.refused(request, failure);
      endIfOver(bisection);
      return true;
    }
    if (bisection == null) {
      bisection = new Bisection();
      bisections.add(bisection);
    }
    halves.addAll(bisection.halve(request, nowNanos));
    return true;
  }

  /** A request was answered otherwise; it may be a part of a search. */
  void answered(Request request, boolean anyAccepted) {
    if (request.bisection() != null) {
      request.bisection().answered(anyAccepted);
      endIfOver(request.bisection());
    }
  }

  private void endIfOver(Bisection bisection) {
    if (!bisection.over() || !bisections.remove(bisection)) {
      return;
    }
    for (int i = bisection.refused().size() - 1; i >= 0; i--) {
      SealedRecord record = bisection.refused().get(i);
      bisection.lanes().get(i).inFlight.remove(record);
      if (bisection.found()) {
        refuse(record, REFUSED, bisection.failure().text());
      } else {
        giveBack.accept(record);
      }
    }
    if (!bisection.found() && bisection.failure() != null) {
      allRefused.accept(bisection.failure());
    }
  }

  /** All records that are held here. */
  List<SealedRecord> held() {
    List<SealedRecord> held = new ArrayList<>(unstored);
    halves.forEach(request -> held.addAll(request.records()));
    bisections.forEach(bisection -> held.addAll(bisection.refused()));
    return held;
  }

  boolean isEmpty() {
    return unstored.isEmpty() && halves.isEmpty() && bisections.isEmpty();
  }

  /** Walks what is held here. */
  void countHeld(Ledger.Tally tally) {
    held().forEach(record -> record.count(tally));
  }

  /** Gives up what is held. */
  void clear() {
    unstored.clear();
    halves.clear();
    bisections.clear();
  }

  /** When the oldest message that is held here was accepted; {@link Long#MAX_VALUE} if none is. */
  long oldestNanos() {
    long oldest = Long.MAX_VALUE;
    for (SealedRecord record : held()) {
      oldest = Math.min(oldest, record.openedNanos());
    }
    return oldest;
  }
}
