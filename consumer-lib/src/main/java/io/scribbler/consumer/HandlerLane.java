package io.scribbler.consumer;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * One handler thread of a shard: takes what is next in its queue and delivers it. With {@code
 * parallelism(n)} a shard has n lanes, and a key always the same one.
 */
final class HandlerLane implements Runnable, BatchDelivery.Lane {
  /** Something that a lane does, in turn. */
  sealed interface Task permits Deliver, Unreadable, Idle, Ended, Closing {}

  record Deliver(Work work) implements Task {}

  record Unreadable(Batch batch) implements Task {}

  record Idle(long millisBehind) implements Task {}

  record Ended() implements Task {}

  record Closing() implements Task {}

  private final ShardPipeline shard;
  private final AssignedHandler handler;
  private final long timeoutNanos;
  private final Thread thread;
  private final BatchDelivery delivery;

  // Guarded by this.
  private boolean calling;
  private boolean timedOut;
  private long callStarted;

  HandlerLane(
      ShardPipeline shard,
      ProcessingSettings settings,
      AssignedHandler handler,
      ShardCounters counters,
      String name) {
    this.shard = shard;
    this.handler = handler;
    this.timeoutNanos = settings.handlerTimeout().toNanos();
    this.delivery =
        new BatchDelivery(
            settings.retry(),
            handler.call().failsExactly(),
            counters,
            shard.stream(),
            shard.shardId(),
            this);
    this.thread = new Thread(this, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  Thread thread() {
    return thread;
  }

  @Override
  public void run() {
    try {
      for (Task task = shard.take(this); task != null; task = shard.take(this)) {
        perform(task);
      }
    } catch (Abandoned e) {
      shard.abandoned();
    } catch (StopShard e) {
      shard.stop(e);
    } catch (Throwable e) {
      shard.broken(e);
    } finally {
      shard.laneEnded(this);
    }
  }

  private void perform(Task task) throws StopShard {
    if (task instanceof Deliver deliver) {
      Work work = deliver.work();
      shard.begin(work);
      delivery.deliver(work);
      shard.done(work);
    } else if (task instanceof Unreadable unreadable) {
      delivery.park(unreadable.batch().unreadable);
      shard.partDone(unreadable.batch());
    } else if (task instanceof Idle idle) {
      tell(() -> handler.shard().idle(idle.millisBehind()), "idle");
    } else if (task instanceof Ended) {
      tell(handler.shard()::ended, "ended");
      shard.endTold();
    } else {
      tell(handler.shard()::closing, "closing");
    }
  }

  /** Tells the handler something, until it takes it; a quiet moment need not be repeated. */
  private void tell(Telling telling, String what) {
    for (int failures = 1; ; failures++) {
      Throwable failure = timed(telling);
      if (failure == null) {
        recovered();
        return;
      }
      hold("the handler fails on " + what + "()", failure, 100_000_000L * Math.min(failures, 50));
      if (!what.equals("ended")) {
        return;
      }
    }
  }

  private interface Telling {
    void tell() throws Exception;
  }

  @Override
  public Throwable call(MessageBatch batch) {
    Throwable failure = timed(() -> handler.call().handle(batch));
    if (failure == null) {
      batch.done(batch.size());
      shard.succeeded();
    } else {
      shard.failed();
    }
    return failure;
  }

  private Throwable timed(Telling call) {
    shard.leaveIfAbandoned();
    synchronized (this) {
      calling = true;
      timedOut = false;
      callStarted = shard.time().nanoTime();
    }
    Throwable failure = null;
    try {
      call.tell();
    } catch (Throwable e) {
      failure = e;
    }
    boolean late;
    synchronized (this) {
      calling = false;
      late = timedOut;
      // An interrupt was meant for the call; the thread goes on.
      Thread.interrupted();
      shard.called(shard.time().nanoTime() - callStarted);
    }
    shard.leaveIfAbandoned();
    if (late) {
      TimeoutException timeout =
          new TimeoutException(
              "the handler took longer than " + Duration.ofNanos(timeoutNanos).toSeconds() + " s");
      if (failure != null) {
        timeout.initCause(failure);
      }
      return timeout;
    }
    return failure;
  }

  /** How long the handler has been busy with the call at hand; 0 when it isn't. */
  synchronized long busyNanos() {
    return calling ? Math.max(1, shard.time().nanoTime() - callStarted) : 0;
  }

  /** Whether it does nothing before some moment comes. By any thread. */
  synchronized boolean waitsForTime() {
    return !(calling && timedOut) && shard.time().holds(thread);
  }

  /** What it does now, for whoever waits for it; the place in the user's code if it is known. */
  String doing() {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (!frame.getClassName().startsWith("java.") && !frame.getClassName().startsWith("jdk.")) {
        return "is being handled, at " + frame;
      }
    }
    return "is being handled";
  }

  /** Interrupts a call that takes too long. By any thread. */
  synchronized void checkTimeout() {
    if (timeoutNanos > 0 && busyNanos() > timeoutNanos && !timedOut) {
      timedOut = true;
      thread.interrupt();
    }
  }

  /** Interrupts a call that nobody waits for any more. By any thread. */
  synchronized void interruptCall() {
    if (calling) {
      thread.interrupt();
    }
  }

  @Override
  public void hold(String reason, Throwable cause, long nanos) {
    shard.hold(this, reason, cause, nanos);
  }

  @Override
  public void recovered() {
    shard.recovered(this);
  }

  @Override
  public long successes() {
    return shard.successes();
  }

  @Override
  public Work next() {
    return shard.peek(this);
  }
}
