package io.scribbler.consumer;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Hands messages to a handler until they are done or parked, whatever the handler throws.
 *
 * <p>What fails is tried again, each time after a longer wait. When that doesn't help, the batch is
 * halved until the first message that fails stands alone. It is parked only if another message was
 * handled while it failed, since what fails on everything is an outage, which is waited out. If
 * nothing else of the consumer was handled meanwhile, the messages behind it are tried, one of
 * which has to succeed, and then the failing one once more; so a message may be handled after some
 * that follow it, but only when it would have been parked.
 *
 * <p>Owned by one handler thread.
 */
final class BatchDelivery {
  private static final int MOST_PROBES = 16;

  /** What a delivery asks of its lane. */
  interface Lane {
    /** Calls the handler once, with time limit and counting; null when it returned. */
    Throwable call(MessageBatch batch);

    /** Waits before the next attempt, and says why. */
    void hold(String reason, Throwable cause, long nanos);

    /** The attempts were not in vain: the shard is well. */
    void recovered();

    /** Calls of all shards that succeeded. */
    long successes();

    /** The work that comes next, ready to be handled; null when there is none. */
    Work next();
  }

  private final RetryPolicy policy;
  private final boolean failsExactly;
  private final ShardCounters counters;
  private final String stream;
  private final String shardId;
  private final Lane lane;

  BatchDelivery(
      RetryPolicy policy,
      boolean failsExactly,
      ShardCounters counters,
      String stream,
      String shardId,
      Lane lane) {
    this.policy = policy;
    this.failsExactly = failsExactly;
    this.counters = counters;
    this.stream = stream;
    this.shardId = shardId;
    this.lane = lane;
  }

  /** Delivers all messages of the work that were not handled out of turn. */
  void deliver(Work work) throws StopShard {
    int at = work.handled.nextClearBit(0);
    while (at < work.count) {
      int handled = work.handled.nextSetBit(at);
      at = deliver(work, at, handled < 0 ? work.count : Math.min(handled, work.count));
      at = work.handled.nextClearBit(at);
    }
  }

  /** Delivers messages in a row; returns how far it came, which is at least one message. */
  private int deliver(Work work, int from, int to) throws StopShard {
    int at = from;
    int failures = 0;
    while (at < to) {
      MessageBatch batch = work.messages(at, to);
      Throwable failure = lane.call(batch);
      if (failure == null) {
        recoveredAfter(failures);
        return to;
      }
      if (batch.done() > 0) {
        at += batch.done();
        failures = 0;
      }
      failures++;
      if (at == to) {
        return to;
      }
      if (policy.then() == RetryPolicy.Then.RETRY || failures < policy.attempts()) {
        hold("the handler fails on " + messages(to - at), failure, failures);
      } else {
        return isolate(work, at, to);
      }
    }
    return at;
  }

  /** Finds the first message that fails and does with it as chosen; returns what is behind it. */
  private int isolate(Work work, int from, int to) throws StopShard {
    int low = from;
    int high = failsExactly ? from + 1 : to;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      MessageBatch half = work.messages(low, middle);
      if (lane.call(half) == null) {
        low = middle;
      } else {
        low += half.done();
        high = middle;
      }
    }
    return low < high ? single(work, low) : low;
  }

  private int single(Work work, int i) throws StopShard {
    long successesBefore = lane.successes();
    for (int failures = 1; ; failures++) {
      Throwable failure = handleAlone(work, i);
      if (failure == null) {
        recoveredAfter(failures);
        return i + 1;
      }
      if (failures >= policy.attempts()) {
        if (policy.then() == RetryPolicy.Then.STOP_SHARD) {
          throw new StopShard(
              "the handler fails on the message before position " + work.position(i), failure);
        }
        if (lane.successes() > successesBefore || probe(work, i)) {
          Throwable last = handleAlone(work, i);
          if (last != null) {
            park(letter(work, i, last));
          }
          lane.recovered();
          return i + 1;
        }
        hold("the handler fails on everything", failure, failures);
      } else {
        hold("the handler fails on a message", failure, failures);
      }
    }
  }

  /** Tries what comes behind a message, one by one, until something succeeds. */
  private boolean probe(Work work, int failing) {
    int probes = 0;
    for (int i = work.handled.nextClearBit(failing + 1);
        i < work.count && probes < MOST_PROBES;
        i = work.handled.nextClearBit(i + 1)) {
      if (probe(work, i, ++probes)) {
        return true;
      }
    }
    Work next = probes < MOST_PROBES ? lane.next() : null;
    if (next != null) {
      for (int i = next.handled.nextClearBit(0);
          i < next.count && probes < MOST_PROBES;
          i = next.handled.nextClearBit(i + 1)) {
        if (probe(next, i, ++probes)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean probe(Work work, int i, int number) {
    if (handleAlone(work, i) != null) {
      return false;
    }
    work.handled.set(i);
    return number > 0;
  }

  private Throwable handleAlone(Work work, int i) {
    MessageBatch alone = work.messages(i, i + 1);
    Throwable failure = lane.call(alone);
    return alone.done() == 1 ? null : failure;
  }

  private DeadLetter letter(Work work, int i, Throwable cause) {
    ConsumerMessage message = work.message(i);
    return new DeadLetter(
        stream,
        shardId,
        message.position(),
        message.partitionKey(),
        message.arrivalMillis(),
        Optional.of(message),
        Optional.empty(),
        cause);
  }

  /** Parks a record that can't be read; without a place for it the shard waits, or stops. */
  void park(Batch.Unreadable unreadable) throws StopShard {
    StreamRecord record = unreadable.record();
    String reason =
        "the record "
            + record.sequenceNumber()
            + " can't be read: "
            + unreadable.cause().getMessage();
    if (policy.then() == RetryPolicy.Then.STOP_SHARD) {
      throw new StopShard(reason, unreadable.cause());
    }
    for (int failures = 1; policy.then() == RetryPolicy.Then.RETRY; failures++) {
      hold(reason + "; park() it to go on", unreadable.cause(), failures);
    }
    park(
        new DeadLetter(
            stream,
            shardId,
            unreadable.position(),
            record.partitionKey(),
            record.arrivalMillis(),
            Optional.empty(),
            Optional.of(record),
            unreadable.cause()));
  }

  private void park(DeadLetter letter) {
    DeadLetterHandler deadLetters = policy.deadLetters().orElseThrow();
    for (int failures = 1; ; failures++) {
      try {
        deadLetters.park(letter);
        counters.parked.increment();
        lane.recovered();
        return;
      } catch (Exception | Error e) {
        hold("the dead letters can't be kept", e, failures);
      }
    }
  }

  private void recoveredAfter(int failures) {
    if (failures > 0) {
      lane.recovered();
    }
  }

  private void hold(String reason, Throwable cause, int failures) {
    long first = Math.max(1, policy.firstDelay().toNanos());
    long longest = Math.max(first, policy.longestDelay().toNanos());
    int doublings = Math.min(failures - 1, 40);
    long whole = first > longest >> doublings ? longest : first << doublings;
    lane.hold(reason, cause, ThreadLocalRandom.current().nextLong(whole / 2, whole + 1));
  }

  private static String messages(int count) {
    return count == 1 ? "a message" : count + " messages";
  }
}
