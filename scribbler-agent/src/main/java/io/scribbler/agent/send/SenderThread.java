package io.scribbler.agent.send;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Steps a sender until it is stopped, and sleeps when there is nothing to do. */
public final class SenderThread {
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final LongSupplier clock;
  private final Thread thread;
  private volatile Sender sender;
  private volatile boolean stopped;

  public SenderThread(String name, LongSupplier nanoClock) {
    this.clock = nanoClock;
    this.thread = new Thread(this::run, "sender-" + name);
  }

  /** Makes the sender look for work; any thread, also before the start. */
  public void wake() {
    if (signalled.compareAndSet(false, true)) {
      LockSupport.unpark(thread);
    }
  }

  /** Starts; a sender is stepped by one thread only. */
  public void start(Sender stepped) {
    sender = stepped;
    thread.start();
  }

  private void run() {
    while (!stopped) {
      signalled.set(false);
      long next = sender.runOnce();
      if (!signalled.get() && !stopped) {
        if (next == Long.MAX_VALUE) {
          LockSupport.park(this);
        } else {
          LockSupport.parkNanos(this, Math.max(1, next - clock.getAsLong()));
        }
      }
    }
  }

  /** Ends the thread after its current step, and waits for that. */
  public void stop() throws InterruptedException {
    stopped = true;
    LockSupport.unpark(thread);
    thread.join();
  }
}
